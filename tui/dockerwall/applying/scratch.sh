# Prints how a rule comes out of the kernel's own programs, in a network namespace of its own:
#
#     unshare --net sh -c SCRIPT sh PROGRAM SECONDS CHAIN TARGET
#
# The first line of its input is the rule, `-A CHAIN ...`; the others make the sets it asks.

set -f
program=$1 seconds=$2 chain=$3 target=$4
IFS= read -r rule
sets=$(cat)

# try CHAIN...: load the rule into these chains, of which only those of the kernel are there.
try() {
    {
        echo '*filter'
        for each; do
            case $each in '' | INPUT | FORWARD | OUTPUT) ;; *) printf ':%s - [0:0]\n' "$each" ;; esac
        done
        printf '%s\n' "$rule" COMMIT
    } | "$program-restore" --noflush --wait "$seconds"
}

[ -z "$sets" ] || printf '%s\n' "$sets" | ipset restore || exit
# Where the target is a chain of the host's, it has to be there; else it must not be.
said=$(try "$chain" 2>&1) || try "$chain" "$target" >/dev/null 2>&1 || {
    printf '%s\n' "$said" >&2
    exit 1
}
exec "$program" -w "$seconds" -S "$chain"
