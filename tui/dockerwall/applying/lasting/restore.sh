#!/bin/sh
# Puts the operator's own firewall rules and sets back, as `dockerwall-tui persist` saved them in
# this folder. Run after Docker has started; `early` runs it before, so that nothing is open until
# then; `watch` stays, and runs it whenever firewalld has emptied every chain. Running it again changes nothing: a rule that stands where it belongs keeps its counters,
# one that is missing is put in, rules of others stay, and each family is one transaction.
set -u
umask 077
PATH=${PATH:+$PATH:}/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin
LC_ALL=C
export PATH LC_ALL
here=$(dirname -- "$0")
guard=DOCKER-USER
seconds=${DOCKERWALL_WAIT:-30} # for the xtables lock, and for Docker to make its chain
when=${1:-}
failed=0

say() { printf 'dockerwall-rules: %s\n' "$*" >&2; }
trouble() {
    say "$*"
    failed=1
}

# The signals by which firewalld says that it has made its rules anew. Docker makes its own again
# then, which takes it seconds, and up to 27 it puts them before the jump to the guard: so again.
watch() {
    name=org.fedoraproject.FirewallD1
    command -v dbus-monitor >/dev/null || {
        say "dbus-monitor is not installed: run this again after firewall-cmd --reload"
        exit 1
    }
    dbus-monitor --system "type='signal',interface='$name',member='Reloaded'" \
        "type='signal',member='NameOwnerChanged',arg0='$name'" |
        while read -r line; do
            case $line in
            *member=Reloaded* | *member=NameOwnerChanged*)
                for pause in 0 1 2 4 8 16; do
                    sleep "$pause"
                    sh "$0"
                done
                ;;
            esac
        done
}
[ "$when" = watch ] && watch && exit

scratch=$(mktemp -d /run/dockerwall-rules.XXXXXX) || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

# Whether a family is one of this kernel.
is_there() { [ "$1" = 4 ] || [ -e /proc/sys/net/ipv6 ]; }

# name FAMILY: iptables or ip6tables.
name() { [ "$1" = 4 ] && echo iptables || echo ip6tables; }

# may_ask FAMILY PROGRAM: asking the legacy programs creates tables where there are none.
may_ask() {
    command -v "$2" >/dev/null || return 1
    names=/proc/net/ip_tables_names
    [ "$1" = 4 ] || names=/proc/net/ip6_tables_names
    case $2 in
    *-legacy) grep -qsx filter "$names" ;;
    esac
}

# candidates FAMILY: the programs that could hold the rules, the one they were saved from first.
candidates() {
    saved=$(sed -n 's/^# variant: \(nft\|legacy\)$/\1/p' "$here/rules.v$1")
    for variant in $saved nft legacy; do echo "$(name "$1")-$variant"; done
    name "$1"
}

# program FAMILY: the one whose tables hold Docker's chain; fails while none does.
program() {
    for each in $(candidates "$1"); do
        may_ask "$1" "$each" || continue
        "$each" -w "$seconds" -S "$guard" >/dev/null 2>&1 && echo "$each" && return 0
    done
    return 1
}

# fallback FAMILY: where to make the chain if Docker has not.
fallback() {
    for each in $(candidates "$1"); do
        command -v "$each" >/dev/null && echo "$each" && return 0
    done
    return 1
}

# await FAMILY SECONDS: wait for Docker's chain, if there are rules for it.
await() {
    grep -q "^:$guard " "$here/rules.v$1" || return 0
    left=$2
    until program "$1" >/dev/null; do
        [ "$left" -gt 0 ] || return 1
        left=$((left - 1))
        sleep 1
    done
}

# What has to be done so that the live chains hold the saved rules, as input of iptables-restore.
merge() {
    awk '
    what == "saved" && /^:/ { chain = substr($1, 2); order[++chains] = chain; known[chain] = 1 }
    what == "saved" && (/^-A / || /^#= -A /) {
        own = sub(/^#= /, "") ? 0 : 1
        place = ++wanted[$2]
        want[$2, place] = $0
        mine[$2, place] = own
        if (own) is_own[$0] = 1
    }
    what == "live" && /^-[PN] / { there[$2] = 1 }
    what == "live" && /^-A / { live[$2, ++rules[$2]] = $0 }
    END {
        for (i = 1; i <= chains; i++) if (!there[order[i]]) { heads = heads ":" order[i] " - [0:0]\n"; lines++ }
        for (i = 1; i <= chains; i++) restore(order[i])
        if (lines) printf "*filter\n%s%sCOMMIT\n", heads, text
    }
    function line(words) { text = text words "\n"; lines++ }
    # FORWARD must send packets to the guard before Docker decides on them.
    function jump(rule,    i) {
        for (i = 1; i <= rules["FORWARD"]; i++) {
            if (live["FORWARD", i] == rule) return
            if (live["FORWARD", i] ~ / -j DOCKER|-[io] docker0|-[io] br-/) break
        }
        line("-I FORWARD 1" substr(rule, 11))
    }
    function restore(chain,    i, j, n, m, bare, limit, at, low, missing, words, pos, k) {
        n = wanted[chain] + 0; m = rules[chain] + 0
        split("", found); split("", gone); split("", gap)
        # Behind a rule that sends every packet back, nothing runs, unless it was saved like that.
        bare = "-A " chain " -j RETURN"
        limit = m + 1
        if (!(bare in is_own))
            for (i = 1; i <= m; i++) if (live[chain, i] == bare) { limit = i; break }
        at = 0
        for (i = 1; i <= n; i++) {
            if (want[chain, i] == "-A FORWARD -j DOCKER-USER") {
                if (mine[chain, i]) jump(want[chain, i])
                mine[chain, i] = 0
                continue
            }
            if (!mine[chain, i]) continue
            for (j = at + 1; j < limit; j++) if (live[chain, j] == want[chain, i]) break
            if (j < limit) found[i] = at = j
            else missing++
        }
        if (!missing) return
        for (j = 1; j <= m; j++) gone[j] = live[chain, j] in is_own
        for (i = 1; i <= n; i++) {
            if (mine[chain, i] && found[i]) gone[found[i]] = 0
            if (mine[chain, i]) continue
            for (j = 1; j <= m; j++) if (live[chain, j] == want[chain, i]) { found[i] = j; break }
        }
        # Each missing rule stands right behind what stood before it, or before what stood behind it.
        low = 0
        for (i = 1; i <= n; i++) {
            if (!mine[chain, i]) continue
            if (found[i]) { low = found[i]; continue }
            at = -1
            for (k = i - 1; k >= 1 && at < 0; k--) {
                if (mine[chain, k]) at = low
                else if (found[k]) at = found[k]
            }
            for (k = i + 1; k <= n && at < 0; k++) if (found[k]) at = found[k] - 1
            if (at < low) at = low
            for (k = i + 1; k <= n; k++)
                if (mine[chain, k] && found[k]) { if (at >= found[k]) at = found[k] - 1; break }
            if (at >= limit) at = limit - 1
            gap[at] = gap[at] want[chain, i] "\n"
            low = at
        }
        for (j = m; j >= 1; j--) if (gone[j]) line("-D " chain " " j)
        pos = 0
        for (j = 0; j <= m; j++) {
            if (j && !gone[j]) pos++
            n = split(gap[j], words, "\n")
            for (i = 1; i < n; i++)
                line("-I " chain " " ++pos substr(words[i], length(chain) + 4))
        }
    }
    ' what=saved "$here/rules.v$1" what=live "$scratch/live"
}

# restore FAMILY: make the live chains hold the saved rules.
restore() {
    if [ "$when" != early ]; then
        patience=$seconds
        # Docker makes the chains of both families one after the other.
        [ "$1" = 6 ] && [ -s "$here/rules.v4" ] && program 4 >/dev/null && patience=3
        await "$1" "$patience" || say "Docker has made no $guard chain ($(name "$1")): made here"
    fi
    asked=$(program "$1" || fallback "$1") || {
        trouble "$(name "$1") is not installed: its rules are not restored"
        return
    }
    tries=0 done=no
    while :; do
        "$asked" -w "$seconds" -S >"$scratch/live" 2>"$scratch/said" &&
            merge "$1" >"$scratch/script" 2>"$scratch/said" || {
            trouble "the rules of $asked cannot be read: $(tail -n 1 "$scratch/said")"
            return
        }
        [ -s "$scratch/script" ] || break
        if [ "$done" = yes ]; then
            trouble "$asked prints the rules otherwise than when they were saved:" \
                "run dockerwall-tui persist again"
            return
        fi
        if "$asked-restore" --noflush --wait "$seconds" <"$scratch/script" 2>"$scratch/said"; then
            done=yes
            continue
        fi
        # Somebody may have changed the rules between the listing and the transaction.
        tries=$((tries + 1))
        if [ "$tries" -ge 5 ]; then
            trouble "$asked refuses the rules, NOTHING of them is restored:" \
                "$(tail -n 1 "$scratch/said")"
            return
        fi
        sleep 1
    done
    if [ "$done" = yes ]; then say "$asked: rules restored"; else say "$asked: rules are as saved"; fi
}

if [ -s "$here/sets" ]; then
    ipset -exist restore <"$here/sets" 2>"$scratch/said" ||
        trouble "not every set is restored: $(tail -n 1 "$scratch/said")"
fi
for family in 4 6; do
    [ -s "$here/rules.v$family" ] || continue
    if is_there "$family"; then restore "$family"; else say "IPv6 is off: its rules are left"; fi
done
exit "$failed"
