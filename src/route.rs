//! Routes: which requests need what, by `[[route]]` sections ([`RouteConfig`]).
//!
//! # Which route a request takes
//!
//! Of the routes that are for a request, the most specific one:
//!
//! 1. a route for its host before one for `*.` and a domain, a longer domain before a shorter one,
//!    and either before one for all hosts;
//! 2. then, segment by segment from left to right, a literal before a capture before the rest, as
//!    axum's own router has it;
//! 3. then a route that names its method before one for any.
//!
//! Two routes that are for some of the same requests and equally specific are refused when the file
//! is read. Paths are case-sensitive, and a trailing slash makes another path. Literals are compared
//! byte by byte with the path as it came. `{*rest}` is for whole segments: `/files/{*path}` is for
//! `/files/`, `/files/a` and `/files/a/b`, but neither for `/files` nor for `/files-old`. (axum's
//! `/files/{*path}` is not for `/files/`. Here it is, so that no prefix is left open at its own
//! slash.) A `grpc` route is for every request to its path: tonic asks neither for the method nor
//! for the `content-type`, and whoever leaves one out must not get past the route. For the same reason no
//! `path` route that names methods may stand below the service, and none for the very same path.
//!
//! **A route with a `host` protects only what is split by host behind it too.** The `Host` field is the
//! client's choice: if the service answers alike whatever the host is, as axum's router does, then a
//! laxer route for all hosts at that path is open to whoever names another host, or none; and so is a laxer one for a certain
//! host, which whoever names that host takes in place of a guarded one for all. Both are warned of when the file is read.
//!
//! A request that no route is for is [unlisted](Found::Unlisted).
//!
//! # What is refused
//!
//! The path is never normalised. One that servers read in different ways is [`Ambiguous`], and
//! refused: with dot segments, `//`, `\`, `;`, control characters or bytes beyond ASCII, with `%2f`,
//! `%5c`, `%3b`, escapes that are incomplete, are not UTF-8, or are escapes again when they are
//! decoded (`%252e`). So are `CONNECT`, also that of WebSockets over HTTP/2
//! ([RFC 8441](https://www.rfc-editor.org/rfc/rfc8441)), `*` without `OPTIONS`, and a host that is not one or not the same
//! throughout.
//!
//! A path with other escapes, such as `/%61pi` or `/files/a%20b`, takes the route that it would take
//! without them; if as it came it would take another route or none, it is refused, because axum and
//! tonic route by the path as it came, and other servers by the decoded one. In a capture, escapes
//! are decoded: an action has the text that axum's `Path` extractor gives the handler.
//!
//! # Where the layer stands
//!
//! Around the whole service. Inside [`Router::nest`](https://docs.rs/axum/0.8/axum/struct.Router.html#method.nest)
//! axum has taken the prefix off the path: the layer sees `/healthz` where the client asked for
//! `/admin/healthz`, and a public route `/healthz` would be for both. The whole path stands in an
//! extension there (`OriginalUri`); the layer does not look for it, because whether it is there, and
//! whose it is, depends on axum's features and on the layers in between. For the same reason nothing
//! that rewrites paths, such as `NormalizePath` of tower-http, may stand between the layer and the
//! router.

mod ambiguous;
mod asked;
mod config;
mod entry;
mod host;
mod methods;
mod path;
mod routes;
mod target;
mod template;
#[cfg(test)]
pub(crate) mod tests;
mod text;
mod tree;

pub use self::ambiguous::Ambiguous;
pub use self::asked::Asked;
pub use self::config::{ActionConfig, RouteConfig};
pub use self::entry::{Access, Route};
pub use self::routes::{Found, Routes};
pub use self::target::Target;
