#!/usr/bin/env bash
# Counts the instructions of each step with callgrind, per message: independent of how busy the machine is. Needs valgrind.
#
# The difference of two runs, so that what a program does once is left out. The peer is serde_json's `Value` of the same
# message, in the same table.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

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
steps=(plain fields decode 'decode query' 'decode piopiy' 'decode voipappz'
    'forged token' 'accepted token' 'forged signature' 'accepted signature')
for step in "${peers[@]}" "${steps[@]}" body; do
    counted[$step]=$(per_message "$step")
done
# Each accepted message is another one, which has to be written first.
counted['accepted token']=$((counted['accepted token'] - counted[body]))

printf '%-20s %12s %10s\n' step instructions 'of value'
for step in "${peers[@]}" "${steps[@]}"; do
    case $step in
        *piopiy) peer='value piopiy' ;;
        *voipappz) peer='value voipappz' ;;
        *) peer=value ;;
    esac
    printf '%-20s %12d %10.2f\n' "$step" "${counted[$step]}" "$(bc -l <<<"${counted[$step]} / ${counted[$peer]}")"
done
