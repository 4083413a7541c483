//! What knows the tenants: [`TenantLookup`].

use std::error::Error;
use std::pin::{Pin, pin};
use std::sync::Arc;

use super::Tenant;
use crate::panic::{CatchUnwind, Panicked};

/// What knows an application's tenants, such as its database: an async function or closure that takes the tenant's name,
/// or a type of your own.
///
/// ```
/// use std::io;
///
/// use callhook::auth::{Tenant, TenantLookup, Tenants};
///
/// struct Directory {
///     // A pool of connections, say.
/// }
///
/// impl TenantLookup for Directory {
///     type Error = Box<dyn std::error::Error + Send + Sync>;
///
///     async fn look_up(&self, name: String) -> Result<Option<Tenant>, Self::Error> {
///         # let secret_of = async |_: &str| io::Result::Ok(Some("a token that acme alone has"));
///         match secret_of(&name).await? {
///             Some(secret) => Ok(Some(Tenant::new(name, secret)?)),
///             None => Ok(None),
///         }
///     }
/// }
///
/// let tenants = Tenants::path_segment(Directory {});
/// # let _ = tenants;
/// ```
///
/// - `Ok(None)` is a tenant that doesn't exist: 401.
/// - An error, and a panic, is 503, so that the sender tries again. Errors are logged: keep secrets out of their texts.
/// - The future may be dropped at any await: because the sender hung up, or because the [timeout](super::Tenants::timeout)
///   is over.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't look tenants up",
    note = "pass an async function or closure such as `|name: String| async move {{ .. }}` that returns \
            `Result<Option<Tenant>, E>` and whose future is `Send`"
)]
pub trait TenantLookup: Send + Sync + 'static {
    /// Why a tenant can't be told: a `Box<dyn Error + Send + Sync>`, a text, or what converts into one.
    type Error: Into<Box<dyn Error + Send + Sync>>;

    /// The tenant of this name. The name is the sender's text, decoded once: 1 to 256 bytes, which may be anything, a `/`
    /// or a NUL too.
    fn look_up(
        &self,
        name: String,
    ) -> impl Future<Output = Result<Option<Tenant>, Self::Error>> + Send;
}

impl<F, Fut, E> TenantLookup for F
where
    F: Fn(String) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Option<Tenant>, E>> + Send,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    type Error = E;

    async fn look_up(&self, name: String) -> Result<Option<Tenant>, E> {
        self(name).await
    }
}

/// What came of a lookup. Shared, because several requests may wait for one.
pub(super) type Looked = Result<Option<Arc<Tenant>>, LookupError>;
pub(crate) type LookupError = Arc<dyn Error + Send + Sync>;

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// [`TenantLookup`] with its future boxed, and its errors and panics made one kind.
pub(super) trait BoxedLookup: Send + Sync {
    fn look_up<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Looked>;
}

impl<L: TenantLookup> BoxedLookup for L {
    fn look_up<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Looked> {
        // Called within what is polled: what panics before it returns a future is caught too.
        let call = async move { TenantLookup::look_up(self, name.to_owned()).await };
        Box::pin(async move {
            let found = match CatchUnwind(pin!(call)).await {
                Ok(found) => found.map_err(Into::into),
                Err(Panicked) => Err(Box::from("the lookup panicked")),
            };
            Ok(found?.map(Arc::new))
        })
    }
}
