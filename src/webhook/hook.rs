//! One `[[webhook]]`, at work.

use std::sync::Arc;
use std::time::Duration;

use http::Request;
use http::header::CONTENT_LENGTH;
use http_body::Body;
use portcullis_core::{Authorizers, Clock, Invalid};

use super::body::Whole;
use super::clients::Clients;
use super::config::WebhookConfig;
use super::deliveries::{Deliveries, Delivery, Noted};
use super::fields::Fields;
use super::proofs::{Presented, Proofs};
use super::reading::{Halt, Reading};
use super::room::Room;
use super::store::{Origin, Store};
use crate::config::Webhook;
use crate::gate::{Denial, Gate, Signed};

/// What is needed to tell whose a request is.
pub(super) struct Hook {
    store: Arc<Store>,
    pub(super) fields: Fields,
    deliveries: Arc<Deliveries>,
    room: Arc<Room>,
    max_body: usize,
    timeout: Duration,
    clock: Clock,
}

/// One `[[webhook]]` whose clients were read.
pub(crate) struct Loaded {
    config: WebhookConfig,
    origin: Origin,
    clients: Clients,
}

/// What is to be done with a request for a webhook.
pub(super) enum Step<B> {
    /// It is not signed.
    Pass(Request<B>),
    Reject(Request<()>, Denial),
    /// Somebody may have signed it: then [`Hook::read`].
    Read(Request<B>, Proofs),
}

impl Loaded {
    /// Reads the clients of a `[[webhook]]`.
    ///
    /// # Errors
    ///
    /// All that is wrong with them, by the keys of the section.
    pub(crate) fn read(webhook: &Webhook) -> Result<Self, Vec<Invalid>> {
        let origin = Origin::new(&webhook.config, webhook.directory());
        let clients = origin.read()?;
        if clients.principals.is_empty() {
            let key = if webhook.config.clients_dir.is_some() { "clients_dir" } else { "clients_file" };
            return Err(vec![Invalid::new(key, "there is no client in it").expected("at least one client")]);
        }
        Ok(Self { config: webhook.config.clone(), origin, clients })
    }
}

impl Hook {
    pub(super) fn new(loaded: Loaded, nobody: &Authorizers, clock: &Clock) -> Self {
        let Loaded { config, origin, clients } = loaded;
        Self {
            fields: Fields::of(&config),
            store: Store::new(origin, nobody.clone(), clients),
            deliveries: Arc::new(Deliveries::new(config.replay_window, config.replay_per_path, clock.clone())),
            room: Arc::new(Room::new(config.room())),
            max_body: config.max_body,
            timeout: config.timeout,
            clock: clock.clone(),
        }
    }

    /// Looks at all but the body.
    pub(super) fn begin<B: Body>(&self, gate: &Gate, request: Request<B>) -> Step<B> {
        if gate.is_presented(request.headers()) {
            return Step::Pass(request);
        }
        let proofs = match Presented::of(&self.store.clients(), request.headers(), self.clock.wall()) {
            Presented::Nothing if self.fields.are_in(&request) => {
                let reason = match self.fields.were_in(request.extensions()) {
                    true => "a layer further outside took the token out",
                    false => "no client signs like this any more",
                };
                return Step::Reject(request.map(drop), gate.bad_signature(reason));
            }
            Presented::Nothing => return Step::Pass(request),
            Presented::Bad(reason) => return Step::Reject(request.map(drop), gate.bad_signature(reason)),
            Presented::Proofs(proofs) => proofs,
        };
        if self.is_too_large(&request) {
            return Step::Reject(request.map(drop), Denial::body_too_large(self.max_body));
        }
        Step::Read(request, proofs)
    }

    /// Parts a request from its body, which is to be read.
    pub(super) fn read<B>(&self, request: Request<B>, proofs: Proofs) -> (Request<()>, Reading<B>) {
        let (parts, body) = request.into_parts();
        let reading = Reading::new(body, proofs, self.max_body, self.timeout, self.room.share());
        (Request::from_parts(parts, ()), reading)
    }

    /// Whether the client says so itself.
    fn is_too_large<B: Body>(&self, request: &Request<B>) -> bool {
        let most = self.max_body as u64;
        let said = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        said.is_some_and(|said| said > most) || request.body().size_hint().lower() > most
    }

    /// Decides about a request whose body was read, or could not be. Marks one that is signed.
    pub(super) fn end(
        &self,
        gate: &Arc<Gate>,
        request: &mut Request<()>,
        read: Result<(Whole, Proofs), Halt>,
    ) -> Result<(Whole, Option<Delivery>), Denial> {
        let (whole, proofs) = read.map_err(|halt| match halt {
            Halt::TooLarge => Denial::body_too_large(self.max_body),
            Halt::NoRoom => Denial::webhooks_full("too many bodies of webhooks are under way"),
            Halt::Late => Denial::body_late(),
            Halt::Broken => Denial::body_broken(),
        })?;
        let verified = proofs.end().map_err(|reason| gate.bad_signature(reason))?;
        let note = |mark| self.deliveries.note(mark, verified.principal.name(), request.uri().path());
        let delivery = match verified.delivery.map(note) {
            None => None,
            Some(Noted::First(delivery)) => Some(delivery),
            Some(Noted::Again) => return Err(gate.bad_signature("this was delivered before")),
            // The time was looked at when the fields came; the body may have taken long.
            Some(Noted::TooOld) => return Err(gate.bad_signature("the signature is too old")),
            Some(Noted::UnderWay) => return Err(Denial::webhooks_full("this is being delivered already")),
            Some(Noted::Full) => {
                return Err(Denial::webhooks_full("too many deliveries of this client are remembered"));
            }
        };
        request.extensions_mut().insert(Signed::new(gate, verified.principal));
        Ok((whole, delivery))
    }

    /// The names of its clients.
    pub(super) fn clients(&self) -> Vec<String> {
        self.store.clients().principals.iter().map(|principal| principal.name().to_owned()).collect()
    }
}
