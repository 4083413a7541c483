//! How a sender proves who it is.
//!
//! 1. Several guards on one endpoint all have to pass. Several secrets of one guard are alternatives, for rotation.
//! 2. Secrets are compared in constant time: every one of a guard's secrets, to the end. Only a secret's length can be
//!    told from the time.
//! 3. A parameter or header that a guard reads must stand once. Standing twice is refused, whatever the values.
//! 4. A secret has at least 16 bytes.

mod secret;
mod token;

pub use self::secret::Secrets;

pub(crate) use self::token::TokenGuard;
