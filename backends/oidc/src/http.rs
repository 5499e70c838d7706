//! The HTTP client: small questions to a provider, and bounded answers.

use std::time::Duration;

use portcullis_core::{ExposeSecret as _, SecretString};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, ClientBuilder, RequestBuilder, StatusCode};

use crate::endpoint::Endpoint;
pub(crate) use failure::Failure;

mod body;
mod failure;
pub(crate) mod tls;

const USER_AGENT: &str = concat!("portcullis/", env!("CARGO_PKG_VERSION"));
const MAX_REDIRECTS: usize = 3;

/// Asks a provider. It keeps no cookies and sends no `Referer`, follows a few redirects within one
/// origin and none that leaves it, and never asks for a compressed answer.
#[derive(Debug)]
pub(crate) struct Http {
    /// Goes through the proxy of `HTTPS_PROXY`, unless `NO_PROXY` says otherwise.
    proxied: Client,
    /// For this machine itself: to a proxy, `localhost` is another one.
    direct: Client,
}

/// An answer of any status.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Http {
    /// `connect` bounds how long it takes to connect.
    pub(crate) fn new(tls: &rustls::ClientConfig, connect: Duration) -> Result<Self, Failure> {
        let client = |builder: ClientBuilder| {
            builder
                .tls_backend_preconfigured(tls.clone())
                .connect_timeout(connect)
                .redirect(Policy::custom(within_one_origin))
                .referer(false)
                .user_agent(USER_AGENT)
                // Another crate of the same program may have switched these on.
                .no_gzip()
                .no_brotli()
                .no_zstd()
                .no_deflate()
                .build()
                .map_err(|error| Failure::of(&error))
        };
        Ok(Self { proxied: client(Client::builder())?, direct: client(Client::builder().no_proxy())? })
    }

    /// Asks for a JSON document of `limit` bytes at most.
    pub(crate) async fn get(
        &self,
        endpoint: &Endpoint,
        bearer: Option<&SecretString>,
        timeout: Duration,
        limit: usize,
    ) -> Result<Answer, Failure> {
        let mut request = self.client(endpoint).get(endpoint.url().clone());
        if let Some(bearer) = bearer {
            let value = HeaderValue::try_from(format!("Bearer {}", bearer.expose_secret()));
            let mut value =
                value.map_err(|_| Failure::new("the client token cannot be sent: it is no visible ASCII"))?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        exchange(request, timeout, limit).await
    }

    /// Posts a form, and takes a JSON document of `limit` bytes at most.
    pub(crate) async fn post(
        &self,
        endpoint: &Endpoint,
        authorization: &HeaderValue,
        form: &[(&str, &str)],
        timeout: Duration,
        limit: usize,
    ) -> Result<Answer, Failure> {
        let request = self.client(endpoint).post(endpoint.url().clone());
        exchange(request.header(AUTHORIZATION, authorization).form(form), timeout, limit).await
    }

    fn client(&self, endpoint: &Endpoint) -> &Client {
        if endpoint.is_this_machine() { &self.direct } else { &self.proxied }
    }
}

async fn exchange(request: RequestBuilder, timeout: Duration, limit: usize) -> Result<Answer, Failure> {
    let request = request.header(ACCEPT, HeaderValue::from_static("application/json")).timeout(timeout);
    let response = request.send().await.map_err(|error| Failure::of(&error))?;
    let (status, headers) = (response.status(), response.headers().clone());
    Ok(Answer { status, headers, body: body::read(response, limit).await? })
}

fn within_one_origin(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let Some(first) = attempt.previous().first() else { return attempt.stop() };
    if first.origin() != attempt.url().origin() {
        return attempt.error("redirected to another host");
    }
    if attempt.previous().len() > MAX_REDIRECTS {
        return attempt.error("redirected too often");
    }
    attempt.follow()
}
