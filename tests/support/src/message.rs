//! Messages as TeleCMI sends them.

/// The token of every endpoint under test.
pub const TOKEN: &str = "a-token-of-24-characters";

/// A CDR of this leg.
pub fn cdr(leg: &str) -> String {
    format!(
        r#"{{"type":"cdr","appid":2222223,"direction":"inbound","cmiuuid":"{leg}","status":"answered","user":"204_2222223","to":440000000001,"from":440000000002,"time":1634720920615,"answeredsec":11}}"#
    )
}

/// The same message with another content: the recording exists by now.
pub fn cdr_with_recording(leg: &str) -> String {
    cdr(leg).replace(
        r#""answeredsec":11"#,
        r#""answeredsec":11,"record":true,"filename":"1634720915.mp3""#,
    )
}

/// The fields of [`cdr`] in another order, as a GET sender writes them.
pub fn cdr_query(leg: &str) -> String {
    format!(
        "cmiuuid={leg}&time=1634720920615&type=cdr&appid=2222223&direction=inbound&status=answered&user=204_2222223\
         &to=440000000001&from=440000000002&answeredsec=11"
    )
}

/// A message that waits for an answer, and so is never taken for a replay.
pub fn flow(leg: &str) -> String {
    format!(r#"{{"from":9191000000000,"to":911203000000,"cmiuuid":"{leg}","appid":1111112}}"#)
}
