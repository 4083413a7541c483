#![no_main]

use callhook::piopiy::Piopiy;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| callhook_fuzz::decode(&Piopiy, input));
