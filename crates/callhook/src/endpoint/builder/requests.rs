//! Which requests are accepted.

use std::time::Duration;

use super::EndpointBuilder;
use crate::endpoint::limits::Methods;
use crate::source::{Allow, AllowList, ClientFinder, Forwarding};

/// # Source, limits, accounts
impl<E: 'static> EndpointBuilder<E> {
    /// Accepts requests from these networks only. It narrows and doesn't authenticate. See [`source`](crate::source).
    ///
    /// For a list that can be replaced while serving, use [`allow_list`](Self::allow_list). Each of the two replaces an
    /// earlier call of either.
    pub fn allow<T: AsRef<str>>(mut self, networks: impl IntoIterator<Item = T>) -> Self {
        self.allow = Some(AllowList::new(networks).map(Allow::Only));
        self
    }

    /// Accepts requests from the networks of this list only, as it is when a request arrives.
    pub fn allow_list(mut self, list: AllowList) -> Self {
        self.allow = Some(Ok(Allow::Only(list)));
        self
    }

    /// Logs which requests this list would refuse, and lets them pass: to find out where messages come from before you
    /// enforce it with [`allow_list`](Self::allow_list).
    pub fn insecure_observe_allow_list(mut self, list: AllowList) -> Self {
        self.allow = Some(Ok(Allow::Observe(list)));
        self
    }

    /// Takes a client's address from this header where the peer is one of these proxies. See [`source`](crate::source).
    pub fn trusted_proxies<T: AsRef<str>>(
        mut self,
        proxies: impl IntoIterator<Item = T>,
        header: Forwarding,
    ) -> Self {
        self.clients = Some(ClientFinder::new(proxies, header));
        self
    }

    /// Accepts POST only, for platforms that never send GET.
    pub fn post_only(mut self) -> Self {
        self.limits.methods = Methods::Post;
        self
    }

    /// Refuses bodies of more bytes, by their declared length or while they are read.
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.limits.max_body_bytes = bytes;
        self
    }

    /// How long a body may take until its last byte, from when the head has passed.
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        self.limits.read_timeout = timeout;
        self
    }

    /// Accepts messages of these accounts only. An app id is not secret, so this narrows and doesn't authenticate.
    pub fn app_ids<T: AsRef<str>>(mut self, app_ids: impl IntoIterator<Item = T>) -> Self {
        let app_ids = app_ids.into_iter().map(|app_id| app_id.as_ref().into());
        self.app_ids = Some(app_ids.collect());
        self
    }
}
