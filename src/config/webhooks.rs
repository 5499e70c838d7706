//! The `[[webhook]]` sections, put together. What they say is in [`WebhookConfig`].

use std::path::Path;
use std::sync::Arc;

use portcullis_core::Invalid;

use super::Config;
use super::document::Document;
use super::entry::Entry;
use super::error::{ConfigError, Problem};
use super::table::Table;
use crate::route::{RouteConfig, Routes};
use crate::webhook::{Loaded, WebhookConfig};

/// All of a file. By default there are none.
#[derive(Clone, Debug, Default)]
pub(super) struct Webhooks {
    webhooks: Vec<Webhook>,
    /// In the same order.
    routes: Arc<Routes>,
    /// Some are missing, for a problem of their own.
    are_incomplete: bool,
}

/// One `[[webhook]]`.
#[derive(Clone, Debug)]
pub(crate) struct Webhook {
    table: Table,
    pub(crate) config: WebhookConfig,
}

impl Webhook {
    /// Where relative paths start.
    pub(crate) fn directory(&self) -> &Path {
        self.table.source().directory()
    }
}

impl Webhooks {
    /// Reads what the document says, and adds what is wrong with it to `problems`.
    pub(super) fn read(document: &Document, problems: &mut Vec<Problem>) -> Self {
        let Some(member) = document.section("webhook") else { return Self::default() };
        let before = problems.len();
        let source = document.source();
        let array = match member.array(source, "webhook") {
            Ok(array) => array,
            Err(problem) => {
                problems.push(problem);
                return Self { are_incomplete: true, ..Self::default() };
            }
        };
        let mut webhooks = Vec::new();
        for (index, value) in array.iter().enumerate() {
            let table = Table::new(source, format!("webhook[{index}]"), "[[webhook]]", value.start, value, &[]);
            match table.map_err(|problem| vec![problem]).and_then(|table| Ok((table.read::<WebhookConfig>()?, table))) {
                Ok((config, table)) => {
                    problems.extend(config.check().iter().map(|invalid| table.invalid(invalid)));
                    webhooks.push(Webhook { table, config });
                }
                Err(found) => problems.extend(found),
            }
        }
        problems.extend(same_names(&webhooks));
        let mut read = Self { webhooks, routes: Arc::default(), are_incomplete: problems.len() > before };
        if !read.are_incomplete {
            read.find_routes(problems);
        }
        read
    }

    /// What requests they are for. They find their way as to any route.
    fn find_routes(&mut self, problems: &mut Vec<Problem>) {
        let route = |Webhook { table, config }: &Webhook| {
            let WebhookConfig { path, methods, host, .. } = config.clone();
            let route = RouteConfig { path, methods: Some(methods), host, authenticated: true, ..Default::default() };
            (route, table.place(&[]))
        };
        match Routes::compile(&self.webhooks.iter().map(route).collect::<Vec<_>>()) {
            Ok(routes) => self.routes = Arc::new(routes),
            Err(found) => {
                self.are_incomplete = true;
                problems.extend(found.iter().map(|(index, invalid)| self.webhooks[*index].table.invalid(invalid)));
            }
        }
    }

    /// The backends that their callers are of; none if it is not known which there are.
    pub(super) fn names(&self) -> Option<Vec<Arc<str>>> {
        let names = self.webhooks.iter().map(|webhook| webhook.config.name.as_str().into());
        (!self.are_incomplete).then(|| names.collect())
    }

    /// Those that are called as a `[[backend]]`.
    pub(super) fn namesakes(&self, entries: &[Entry]) -> Vec<Problem> {
        let is_taken = |webhook: &&Webhook| entries.iter().any(|entry| entry.section.name() == webhook.config.name);
        let invalid = Invalid::new("name", "a `[[backend]]` has the same name")
            .expected("a `name` of its own, which by default is `webhook`");
        self.webhooks.iter().filter(is_taken).map(|webhook| webhook.table.invalid(&invalid)).collect()
    }
}

fn same_names(webhooks: &[Webhook]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, webhook) in webhooks.iter().enumerate() {
        let before = webhooks[..index].iter().find(|before| before.config.name == webhook.config.name);
        if let Some(before) = before {
            let problem = format!("the webhook in line {} has the same name", before.table.place(&[]).line());
            let invalid = Invalid::new("name", problem).expected("a `name` of its own, which by default is `webhook`");
            problems.push(webhook.table.invalid(&invalid));
        }
    }
    problems
}

impl Config {
    /// `[[webhook]]`, in the order of the file.
    pub fn webhooks(&self) -> impl ExactSizeIterator<Item = &WebhookConfig> {
        self.webhooks.webhooks.iter().map(|webhook| &webhook.config)
    }

    pub(crate) fn webhook_routes(&self) -> &Arc<Routes> {
        &self.webhooks.routes
    }

    /// Reads the clients of all webhooks.
    ///
    /// # Errors
    ///
    /// What is wrong with any of them.
    pub(crate) fn load_webhooks(&self) -> Result<Vec<Loaded>, ConfigError> {
        let (mut all, mut problems) = (Vec::new(), Vec::new());
        for webhook in &self.webhooks.webhooks {
            match Loaded::read(webhook) {
                Ok(loaded) => all.push(loaded),
                Err(found) => problems.extend(found.iter().map(|invalid| webhook.table.invalid(invalid))),
            }
        }
        ConfigError::unless_none(problems)?;
        Ok(all)
    }
}
