//! Senders that leave.

use super::Wire;

/// How a sender leaves.
#[derive(Clone, Copy, Debug)]
pub enum HangUp {
    /// Sends a FIN and keeps on reading.
    Finish,
    /// Closes.
    Close,
    /// Sends a RST.
    Reset,
}

impl HangUp {
    pub const ALL: [Self; 3] = [Self::Finish, Self::Close, Self::Reset];

    /// Gives back the connection, where it is still open.
    pub async fn hang_up(self, mut sender: Wire) -> Option<Wire> {
        match self {
            Self::Finish => {
                sender.finish().await;
                Some(sender)
            }
            Self::Close => None,
            Self::Reset => {
                sender.reset();
                None
            }
        }
    }
}
