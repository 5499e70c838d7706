//! What a request presents to a webhook, and whose it is.

use std::sync::Arc;
use std::time::SystemTime;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use http::HeaderMap;
use portcullis_core::Principal;

use super::clients::{Clients, Group};
use super::form::{Field, Hmac, Proof, Signature};

/// What a request presents.
pub(super) enum Presented {
    /// No field of any of the clients.
    Nothing,
    /// Whatever the body is, nothing that counts. Why, for the audit.
    Bad(&'static str),
    Proofs(Proofs),
}

/// What is to be compared when the body is there.
pub(super) struct Proofs {
    clients: Arc<Clients>,
    /// Those whose token the request has.
    proven: Vec<usize>,
    runs: Vec<Run>,
}

/// One signature, and what it would be of each of those who sign so.
struct Run {
    signature: Signature,
    hmacs: Vec<(usize, hmac::Context)>,
    /// What is signed behind the body.
    after: String,
    is_remembered: bool,
    /// From then on the signature is too old.
    until: Option<SystemTime>,
}

/// Somebody who signed.
#[derive(Debug)]
pub(super) struct Verified {
    pub(super) principal: Principal,
    /// Of a sender whose deliveries are remembered.
    pub(super) delivery: Option<Mark>,
}

/// By what a delivery is known when it comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) signature: Signature,
    /// From then on the signature is too old.
    pub(super) until: Option<SystemTime>,
}

impl Presented {
    /// Looks at the fields. One that proves somebody is enough, whatever is in the others: a sender that knows several ways of
    /// signing may use them all.
    pub(super) fn of(clients: &Arc<Clients>, headers: &HeaderMap, now: SystemTime) -> Self {
        let mut proofs = Proofs { clients: Arc::clone(clients), proven: Vec::new(), runs: Vec::new() };
        let mut bad = None;
        for group in &clients.groups {
            let value = match group.form.field(headers) {
                Field::None => continue,
                Field::Several => return Self::Bad("two signatures in one field name"),
                Field::One(value) => value,
            };
            match &group.form.proof {
                Proof::Token => {
                    bad = bad.or(Some("no client has this token"));
                    proofs.proven.extend(clients.with_token(group, value.as_bytes()));
                }
                Proof::Hmac(hmac) => {
                    let run = hmac.signature(value).ok_or("malformed signature");
                    match run.and_then(|signature| Run::begin(group, hmac, signature, headers, now)) {
                        Ok(run) => proofs.runs.push(run),
                        Err(reason) => bad = Some(reason),
                    }
                }
            }
        }
        match (bad, proofs.proven.is_empty() && proofs.runs.is_empty()) {
            (None, true) => Self::Nothing,
            (Some(reason), true) => Self::Bad(reason),
            (_, false) => Self::Proofs(proofs),
        }
    }
}

impl Run {
    fn begin(
        group: &Group,
        hmac: &Hmac,
        signature: Signature,
        headers: &HeaderMap,
        now: SystemTime,
    ) -> Result<Self, &'static str> {
        let said = hmac.timestamp.as_ref().map(|timestamp| timestamp.said(headers, now)).transpose()?;
        let time = said.as_ref().map_or("", |said| said.text);
        let before = hmac.signed.before(time);
        let context = |key: &hmac::Key| {
            let mut context = hmac::Context::with_key(key);
            context.update(before.as_bytes());
            context
        };
        Ok(Self {
            signature,
            hmacs: group.keys.iter().map(|key| (key.client, context(&key.hmac))).collect(),
            after: hmac.signed.after(time),
            is_remembered: hmac.is_remembered,
            until: said.map(|said| said.until),
        })
    }

    /// Whose signature it is. All of them are compared.
    fn end(self) -> (Vec<usize>, Mark, bool) {
        let mut found = Vec::new();
        for (client, mut context) in self.hmacs {
            context.update(self.after.as_bytes());
            if verify_slices_are_equal(context.sign().as_ref(), &self.signature).is_ok() {
                found.push(client);
            }
        }
        (found, Mark { signature: self.signature, until: self.until }, self.is_remembered)
    }
}

impl Proofs {
    /// Takes the next piece of the body.
    pub(super) fn update(&mut self, piece: &[u8]) {
        for (_, context) in self.runs.iter_mut().flat_map(|run| &mut run.hmacs) {
            context.update(piece);
        }
    }

    /// Whose the whole body is.
    ///
    /// # Errors
    ///
    /// Why it is nobody's, for the audit.
    pub(super) fn end(self) -> Result<Verified, &'static str> {
        let mut proven = self.proven;
        let mut delivery = None;
        for run in self.runs {
            let (found, mark, is_remembered) = run.end();
            if !found.is_empty() && is_remembered {
                delivery = Some(mark);
            }
            proven.extend(found);
        }
        let first = *proven.first().ok_or("no client has signed this body")?;
        if proven.iter().any(|client| *client != first) {
            return Err("signatures of two clients");
        }
        let principal = self.clients.principals.get(first).ok_or("no client has signed this body")?;
        Ok(Verified { principal: principal.clone(), delivery })
    }
}

#[cfg(test)]
mod tests;
