#!/usr/bin/env bash
# Counts the instructions of each step with callgrind, for each message, and says what has changed since instructions.txt
# was written: the same on a busy machine as on an idle one. With `--write`, writes that file. Needs valgrind.
#
# Each count is the difference of two runs, so that what a program does once is left out. Peers are in the same table:
# serde_json's `Value` of the same message for what decodes one.
#
# Counts differ by a few percent between versions of the compiler and of the C library: compare those of one machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

table=benches/instructions.txt
binary=$(cargo bench --features testing --bench instructions --no-run --message-format=json |
    sed -n 's/.*"executable":"\([^"]*instructions-[^"]*\)".*/\1/p' | tail -n 1)
few=200 many=1200

count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$binary" "$1" "$2" 2>&1 |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

per_message() {
    echo $((($(count "$1" "$many") - $(count "$1" "$few")) / (many - few)))
}

declare -A counted
peers=(value 'value piopiy' 'value voipappz')
steps=(plain fields decode 'decode query' 'decode piopiy' 'decode voipappz' open
    'decode query piopiy' 'decode query voipappz' 'forged token' 'accepted token' 'forged signature' 'accepted signature'
    'claim after 10000' 'claim after 1000000')
for step in "${peers[@]}" "${steps[@]}" body 'signed body'; do
    counted[$step]=$(per_message "$step")
done
# Each accepted message is another one, which has to be written first, and signed.
counted['accepted token']=$((counted['accepted token'] - counted[body]))
counted['accepted signature']=$((counted['accepted signature'] - counted['signed body']))

ratio() {
    bc -l <<<"$1 / $2"
}

print() {
    printf '%-20s %12s %10s\n' step instructions 'of value'
    for step in "${peers[@]}" "${steps[@]}"; do
        case $step in
            *piopiy) peer='value piopiy' ;;
            *voipappz) peer='value voipappz' ;;
            *) peer=value ;;
        esac
        printf '%-20s %12d %10.2f' "$step" "${counted[$step]}" "$(ratio "${counted[$step]}" "${counted[$peer]}")"
        before=$(sed -n "s/^$step  *\([0-9]*\) .*/\1/p" "$table" 2>/dev/null)
        if [[ ${1-} != --write && -n $before ]]; then
            printf ' %+9.1f %%' "$(bc -l <<<"100 * (${counted[$step]} - $before) / $before")"
        fi
        printf '\n'
    done
}

if [[ ${1-} == --write ]]; then
    print --write | tee "$table"
else
    print
fi
