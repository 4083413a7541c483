//! Messages beyond the documented ones, made by the same rules.

mod piopiy;
mod telecmi;
mod voipappz;

use serde_json::Value;

use crate::wire::{PIOPIY, TELECMI, VOIPAPPZ};

/// A message, and what `/messages` has to show of it.
pub(crate) struct Row {
    pub(crate) path: &'static str,
    pub(crate) json: &'static str,
    /// `without identity` means an unrecognised message that is handled each time it comes.
    pub(crate) event: &'static str,
    pub(crate) status: Value,
    pub(crate) fields: Value,
}

/// Those of all providers.
pub(crate) fn all() -> Vec<Row> {
    let tables = [
        (TELECMI, telecmi::rows()),
        (PIOPIY, piopiy::rows()),
        (VOIPAPPZ, voipappz::rows()),
    ];
    let row = |path, (json, event, status, fields)| Row {
        path,
        json,
        event,
        status,
        fields,
    };
    let rows = tables
        .into_iter()
        .flat_map(|(path, rows)| rows.into_iter().map(move |cells| row(path, cells)));
    rows.collect()
}
