//! `[[route]]`, as it stands in the file.

use serde::Deserialize;

/// `[[route]]`: which requests it is for, and what they need.
///
/// It names a `path` or a `grpc` method, and exactly one of `public`, `authenticated` and `action`.
/// How a request finds its route is told in the [module](crate::route).
///
/// ```toml
/// [[route]]
/// methods = ["GET"]
/// path = "/api/v1/workflows/{namespace}"
/// action = { verb = "list", resource = "workflows", namespace = "{namespace}" }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct RouteConfig {
    /// The methods it is for, in upper case; `GET` is for `HEAD` too. Default: all methods. Not
    /// beside `grpc`.
    ///
    /// ```toml
    /// methods = ["GET", "POST"]
    /// ```
    pub methods: Option<Vec<String>>,

    /// The path it is for, as clients send it: `/` and segments, of at most 1024 bytes. A segment is
    /// a literal, or a capture `{name}` of one segment that is not empty. The last one may be a
    /// capture `{*name}` of all that is left: `/files/{*path}` is for `/files/` and whatever is
    /// below, but not for `/files`. There is no other wildcard: a literal with a `*` is refused.
    ///
    /// ```toml
    /// path = "/api/v1/workflows/{namespace}/{name}"
    /// ```
    pub path: Option<String>,

    /// In place of `path`: the gRPC method it is for, or `*` for all of a service. It is for every
    /// request to that path, be it gRPC or not.
    ///
    /// ```toml
    /// grpc = "/orders.v1.Orders/List"
    /// ```
    pub grpc: Option<String>,

    /// The host it is for, without a port, or `*.` and a domain for all hosts below the domain.
    /// Default: all hosts.
    ///
    /// ```toml
    /// host = "*.example.test"
    /// ```
    pub host: Option<String>,

    /// Whether requests without a credential get through. One that presents a credential is still
    /// refused if that is bad. Default `false`.
    ///
    /// ```toml
    /// public = true
    /// ```
    pub public: bool,

    /// Whether a credential that a backend accepts is all that is needed. An anonymous caller has none. Default `false`.
    ///
    /// ```toml
    /// authenticated = true
    /// ```
    pub authenticated: bool,

    /// Whether its requests by `GET`, `HEAD`, `OPTIONS` and `TRACE` only read, as
    /// [RFC 9110, section 9.2.1](https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1) wants it. With `false`, one that a browser
    /// sends with what it attaches by itself (a password, a ticket, a cookie) for a page of another site is refused, as a `POST`
    /// is. Browsers say so over HTTPS, and to `localhost`. Only where one of `methods` is one of these, and not beside `grpc`. Default `true`.
    ///
    /// ```toml
    /// safe = false
    /// ```
    pub safe: Option<bool>,

    /// What the caller must be allowed to do. Default: nothing in particular.
    ///
    /// ```toml
    /// action = { verb = "get", resource = "workflows", namespace = "{namespace}", name = "{name}" }
    /// ```
    pub action: Option<ActionConfig>,

    /// The scopes that the caller must have been granted, all of them. Beside `authenticated` or
    /// `action`. Default: none.
    ///
    /// ```toml
    /// scopes = ["orders:read"]
    /// ```
    pub scopes: Vec<String>,
}

/// `action` of a [`[[route]]`](RouteConfig): a verb on a resource, or on a URL that is no resource,
/// in Kubernetes' terms ([`Action`](crate::Action)).
///
/// Each text may contain captures of the path, `{name}`; a request's action then has the text that
/// the path has there, without its percent-encoding. Between two captures there must be a `/`, as in
/// `{team}/{queue}`: a segment never holds one, not even encoded, so it is certain where the one
/// capture ends. `{team}-{queue}` is refused, since it would be `blue-green-all` for queue `green-all` of
/// team `blue`, and for queue `all` of team `blue-green` too. Only a capture of all that is left, `{*rest}`, can
/// hold slashes and be empty. In `{rest}/{name}` it ends at the last slash; so a rule for `blue/*` is
/// for whatever begins with `blue/`, not only for a rest that is `blue`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ActionConfig {
    /// What is done: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete` or any other
    /// word. Required.
    ///
    /// ```toml
    /// action.verb = "list"
    /// ```
    pub verb: String,

    /// The kind of resource it is done to, in the plural. It or `url` is required.
    ///
    /// ```toml
    /// action.resource = "workflows"
    /// ```
    pub resource: Option<String>,

    /// The API group of the resource. Default: none, which is Kubernetes' core.
    ///
    /// ```toml
    /// action.group = "argoproj.io"
    /// ```
    pub group: Option<String>,

    /// The part of the resource. Default: none.
    ///
    /// ```toml
    /// action.subresource = "status"
    /// ```
    pub subresource: Option<String>,

    /// The namespace of the resource. Default: none, which asks for all namespaces.
    ///
    /// ```toml
    /// action.namespace = "{namespace}"
    /// ```
    pub namespace: Option<String>,

    /// The name of the resource. Default: none, which asks for all of the kind.
    ///
    /// ```toml
    /// action.name = "{name}"
    /// ```
    pub name: Option<String>,

    /// In place of `resource`: the path of a URL that is no resource.
    ///
    /// ```toml
    /// action = { verb = "get", url = "/metrics" }
    /// ```
    pub url: Option<String>,
}
