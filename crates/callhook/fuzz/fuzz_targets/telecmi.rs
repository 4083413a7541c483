#![no_main]

use callhook::telecmi::Telecmi;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| callhook_fuzz::decode(&Telecmi, input));
