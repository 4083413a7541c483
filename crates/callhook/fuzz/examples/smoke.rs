//! Drives each target over its seeds and over mutations of them, the same ones each time. Needs no fuzzer, and sees
//! nothing of what the code does with an input: it finds what is near the seeds.
//!
//! `cargo run --release --no-default-features --example smoke -- 20000`, in this folder: so many mutations of each
//! target, of one target if its name comes after. An input that fails is kept in `artifacts`, where
//! `cargo fuzz run --fuzz-dir . TARGET FILE` takes it.

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use callhook_fuzz::{TARGETS, Target, seeds};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let runs = arguments.next().map_or(Ok(20_000), |runs| runs.parse());
    let Ok(runs) = runs else {
        eprintln!("smoke: the first argument is how many mutations of each target");
        return ExitCode::FAILURE;
    };
    let only = arguments.next();
    let is_meant = |target: &Target| only.as_deref().is_none_or(|only| only == target.name);
    let mut ran = 0;
    for target in TARGETS.into_iter().filter(is_meant) {
        let started = Instant::now();
        if let Err(input) = drive(target, runs) {
            let file = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("artifacts")
                .join(target.name)
                .join("smoke");
            let written =
                fs::create_dir_all(file.with_file_name("")).and_then(|()| fs::write(&file, &input));
            eprintln!("smoke: {} fails with {}", target.name, input.escape_ascii());
            match written {
                Ok(()) => eprintln!("smoke: the input is in {}", file.display()),
                Err(error) => eprintln!("smoke: {}: {error}", file.display()),
            }
            return ExitCode::FAILURE;
        }
        println!(
            "{:<14} {runs:>9} mutations {:>7.2} s",
            target.name,
            started.elapsed().as_secs_f64()
        );
        ran += 1;
    }
    if ran == 0 {
        eprintln!("smoke: no target has that name");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The first input that fails.
fn drive(target: Target, runs: usize) -> Result<(), Vec<u8>> {
    let seeds = seeds(target.name);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let holds = |input: &[u8]| catch_unwind(|| (target.check)(input)).is_ok();
    for seed in &seeds {
        if !holds(seed) {
            return Err(seed.clone());
        }
    }
    for run in 0..runs {
        let mut input = seeds[run % seeds.len()].clone();
        for _ in 0..=random.below(4) {
            mutate(&mut input, &seeds, &mut random);
        }
        if !holds(&input) {
            return Err(input);
        }
    }
    Ok(())
}

fn mutate(input: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Random) {
    let at = random.below(input.len() + 1);
    let end = at + random.below(input.len() - at + 1);
    match random.below(8) {
        0 if at < input.len() => input[at] ^= 1 << random.below(8),
        1 if at < input.len() => input[at] = PIECES[random.below(PIECES.len())][0],
        2 if at < input.len() => drop(input.remove(at)),
        3 => drop(input.drain(at..end)),
        4 => {
            let again = input[at..end].to_vec();
            input.splice(at..at, again);
        }
        5 => {
            let other = &seeds[random.below(seeds.len())];
            let from = random.below(other.len() + 1);
            input.splice(at..end, other[from..].iter().copied());
        }
        _ => drop(input.splice(at..at, PIECES[random.below(PIECES.len())].iter().copied())),
    }
    input.truncate(MAX_BYTES);
}

struct Random(u64);

impl Random {
    /// Below this, which is not zero.
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % end
    }
}

const MAX_BYTES: usize = 4096;

/// What the grammars are made of.
const PIECES: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\",
    b":",
    b",",
    b"&",
    b"=",
    b"%",
    b"+",
    b"/",
    b"?",
    b";",
    b".",
    b" ",
    b"\n",
    b"0",
    b"1",
    b"9",
    b"@",
    b"\0",
    b"\x01",
    b"\x04",
    b"\xff",
    b"\xfe",
    b"\xc3\xa9",
    b"null",
    b"true",
    b"//",
    b"%2B",
    b"%22",
    b"%",
    b"\\u0041",
    b"\\ud800",
    b"&&",
    b"custom=@",
    b"\"custom\":\"@\",",
    b"token=@",
    b"/@",
    b", ",
    b"for=",
    b"10.0.0.1",
    b"198.51.100.1",
    b"\xef\xbb\xbf",
];
