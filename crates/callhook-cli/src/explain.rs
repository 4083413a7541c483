//! `callhook explain`: which address an endpoint takes for a client's, and whether it may call.

use std::net::IpAddr;
use std::process::ExitCode;

use callhook::Endpoint;
use callhook::request::Head;
use callhook::source::{AllowlistMatch, ClientSource, Forwarding};
use clap::Args;

use crate::anything::Anything;
use crate::error::Error;
use crate::head::Headers;
use crate::header::header;
use crate::out;
use crate::style::{BAD, GOOD, in_style};

/// Which address an endpoint takes for a client's, and which network of its allowlist that is in
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct ExplainArgs {
    /// The address at the other end of the socket, as the server sees it; left out where it doesn't
    #[arg(long, value_name = "ADDRESS")]
    peer: Option<IpAddr>,

    /// A header of the request; may be given several times
    #[arg(long = "header", short = 'H', value_name = "NAME: VALUE", value_parser = header)]
    headers: Vec<(String, String)>,

    /// The endpoint's trusted proxies: addresses and networks
    #[arg(long, value_name = "NETWORK", value_delimiter = ',')]
    trusted_proxies: Vec<String>,

    /// The header in which they say who their client is: `x-forwarded-for`, `forwarded`, or one with a single address such
    /// as `x-real-ip`
    #[arg(
        long,
        value_name = "NAME",
        default_value = "x-forwarded-for",
        requires = "trusted_proxies"
    )]
    forwarding: String,

    /// The endpoint's allowlist: addresses and networks
    #[arg(long, value_name = "NETWORK", value_delimiter = ',')]
    allow: Vec<String>,

    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  Behind a proxy:
    $ callhook explain --peer 10.0.0.1 --header 'x-forwarded-for: 203.0.113.7' \\
        --trusted-proxies 10.0.0.0/8 --allow 203.0.113.0/24,198.51.100.9

  A proxy that sets a header of its own:
    $ callhook explain --peer 10.0.0.1 --header 'x-real-ip: 203.0.113.7' \\
        --trusted-proxies 10.0.0.1 --forwarding x-real-ip

Exit codes: 0 where the request may pass, 1 where the allowlist refuses it, 2 where the lists can't be read.";

pub(crate) fn run(args: &ExplainArgs) -> Result<ExitCode, Error> {
    let mut builder = Endpoint::builder(Anything).insecure_no_authentication();
    if !args.trusted_proxies.is_empty() {
        let forwarding = match &*args.forwarding.to_ascii_lowercase() {
            "x-forwarded-for" => Forwarding::XForwardedFor,
            "forwarded" => Forwarding::Forwarded,
            other => Forwarding::Header(other.to_owned()),
        };
        builder = builder.trusted_proxies(&args.trusted_proxies, forwarding);
    }
    if !args.allow.is_empty() {
        builder = builder.allow(&args.allow);
    }
    let endpoint = builder.build().map_err(Error::new)?;

    let headers = Headers(&args.headers);
    let head = Head::new("POST", "/", None, &headers);
    let explanation = endpoint.explain(&match args.peer {
        Some(peer) => head.peer(peer),
        None => head,
    });
    let is_refused = explanation.allowlist == Some(AllowlistMatch::None);
    if args.json {
        let (source, cause) = match explanation.client {
            ClientSource::Peer(_) => ("peer", None),
            ClientSource::Forwarded(_) => ("forwarded", None),
            ClientSource::Unknown { cause, .. } => ("unknown", Some(cause)),
            _ => ("other", None),
        };
        let network = match &explanation.allowlist {
            Some(AllowlistMatch::Network(network)) => Some(network.as_str()),
            _ => None,
        };
        let object = serde_json::json!({
            "client": explanation.client.address().map(|address| address.to_string()),
            "source": source,
            "cause": cause,
            "network": network,
            "passes": !is_refused,
        });
        out::json(&object)?;
    } else {
        let verdict = match is_refused {
            true => in_style(BAD, "refused"),
            false => in_style(GOOD, "passes"),
        };
        out::line(format_args!("{verdict}: {explanation}"))?;
    }
    Ok(if is_refused {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    })
}
