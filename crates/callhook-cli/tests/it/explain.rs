//! Which address is taken for a client's.

use crate::support::callhook;

#[test]
fn the_address_its_source_and_its_network_are_told() {
    let behind = [
        "explain",
        "--peer",
        "::ffff:10.0.0.1",
        "--trusted-proxies",
        "10.0.0.0/8",
    ];
    let cases: [(&[&str], i32, &str); 4] = [
        (
            &[
                "-H",
                "X-Forwarded-For: 1.2.3.4, 203.0.113.7",
                "--allow",
                "203.0.113.0/24,1.2.3.4",
            ],
            0,
            "passes: the client is 203.0.113.7, from a trusted proxy's header; it is allowed by 203.0.113.0/24\n",
        ),
        (
            &["-H", "x-forwarded-for: 203.0.113.7", "--allow", "1.2.3.4"],
            1,
            "refused: the client is 203.0.113.7, from a trusted proxy's header; it is not in any network of the allowlist\n",
        ),
        (
            &[
                "-H",
                "forwarded: for=203.0.113.7",
                "--forwarding",
                "forwarded",
            ],
            0,
            "passes: the client is 203.0.113.7, from a trusted proxy's header; there is no allowlist\n",
        ),
        (
            &[
                "-H",
                "x-real-ip: nobody",
                "--forwarding",
                "X-Real-IP",
                "--allow",
                "1.2.3.4",
            ],
            1,
            "refused: the client is unknown: ",
        ),
    ];
    for (arguments, code, told) in cases {
        let run = callhook(&[&behind, arguments].concat(), "");
        assert_eq!(run.code, Some(code), "{run:?}");
        assert!(run.stdout.starts_with(told), "{run:?}");
    }
}

#[test]
fn programs_get_an_object() {
    let run = callhook(
        &[
            "explain",
            "--json",
            "--peer",
            "1.2.3.4",
            "--allow",
            "1.2.3.0/24",
        ],
        "",
    );
    assert_eq!(
        run.json(),
        serde_json::json!({
            "client": "1.2.3.4", "source": "peer", "cause": null, "network": "1.2.3.0/24", "passes": true
        })
    );
}

#[test]
fn a_list_that_cannot_be_read_is_told() {
    let run = callhook(
        &["explain", "--peer", "1.2.3.4", "--allow", "10.0.0.1/8"],
        "",
    );
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("bits set after its prefix"), "{run:?}");
}
