#![no_main]

use callhook::voipappz::Voipappz;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| callhook_fuzz::decode(&Voipappz::body_field("event"), input));
