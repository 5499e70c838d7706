//! The fields that present something to a webhook.

use http::{Extensions, HeaderName, Request};

use super::config::{ClientType, WebhookConfig};
use super::form::{Form, Proof};

/// Those of all clients that a `[[webhook]]` may ever have: a signature counts as one also when nobody is left who signs so.
pub(super) struct Fields {
    all: Vec<HeaderName>,
    /// Those that are secrets.
    tokens: Vec<HeaderName>,
}

/// The fields that webhook layers have taken out of a request. For the layers of another [`Auth`](crate::Auth) further inside, what
/// the request has presented is bad, and not absent.
#[derive(Clone, Default)]
struct Stripped(Vec<HeaderName>);

/// The types that may stand in files which are read again.
const IN_FILES: [ClientType; 4] =
    [ClientType::Github, ClientType::Gitlab, ClientType::Bitbucket, ClientType::Bitbucketserver];

impl Fields {
    pub(super) fn of(config: &WebhookConfig) -> Self {
        let has_files = config.clients_dir.is_some() || config.clients_file.is_some();
        let in_files = IN_FILES.into_iter().filter(|_| has_files).filter_map(Form::of_known);
        let forms: Vec<_> = config.client.iter().filter_map(|client| Form::of(client).ok()).chain(in_files).collect();
        let tokens = forms.iter().filter(|form| form.proof == Proof::Token).map(|form| form.header.clone()).collect();
        Self { tokens, all: forms.into_iter().map(|form| form.header).collect() }
    }

    /// Whether the request has any of them, or had it before a layer further outside took it out.
    pub(super) fn are_in<B>(&self, request: &Request<B>) -> bool {
        let has = |field| request.headers().contains_key(field);
        self.all.iter().any(has) || self.were_in(request.extensions())
    }

    /// Whether any of them was taken out.
    pub(super) fn were_in(&self, extensions: &Extensions) -> bool {
        extensions.get::<Stripped>().is_some_and(|Stripped(fields)| fields.iter().any(|field| self.all.contains(field)))
    }

    /// Takes out those that are secrets.
    pub(super) fn strip<B>(&self, request: &mut Request<B>) {
        for field in &self.tokens {
            if request.headers_mut().remove(field).is_some() {
                request.extensions_mut().get_or_insert_default::<Stripped>().0.push(field.clone());
            }
        }
    }
}
