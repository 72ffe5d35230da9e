#!/bin/sh
# Takes back a change of firewall rules that nobody confirmed: sh ID.sh ID DEADLINE, where DEADLINE
# is in seconds since boot. It needs a shell, sleep, mv and the programs of iptables and ipset.
#
# ID.armed says that the change waits. Whoever renames it has decided: to ID.kept (then there is
# nothing to do) or to ID.back. What to take back stands in ID.plan, one thing a line:
#
#   C PROGRAM CHAIN   the lines below are about this chain of iptables-nft, ip6tables-nft ...
#   B RULE            a rule the chain had before the change, in order, as the program prints it
#   I NUMBER RULE     put in by the change: taken out by its words (NUMBER counts equal ones)
#   N NUMBER RULE     put in, though the chain had an equal one: taken out by its place, as the
#                     NUMBERth of its kind
#   M NUMBER PLACE    the rule at PLACE before was moved, and is now the NUMBERth of its kind
#   D PLACE           the rule at PLACE before was taken out
#   P LINE, S LINE    lines of `ipset restore`, before the rules and after them
#
# Rules of others stay where they are, whatever has been edited meanwhile.

LC_ALL=C
PATH=${PATH:-/bin}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin
export LC_ALL PATH
unset ENV
set -f
newline='
'
IFS=$newline
here=/run/dockerwall
id=$1 deadline=$2
trap '' HUP INT QUIT PIPE TSTP

# --- Lists of rules, one a line

# count TEXT LIST: how often it is there, as $count.
count() {
    count=0
    for one in $2; do
        [ "$one" != "$1" ] || count=$((count + 1))
    done
}

# nth NUMBER TEXT LIST: where its NUMBERth is, as $place; 0 for nowhere.
nth() {
    place=0 seen=0 at=0
    for one in $3; do
        at=$((at + 1))
        [ "$one" = "$2" ] || continue
        seen=$((seen + 1))
        [ "$seen" -ne "$1" ] || place=$at
    done
}

# item PLACE LIST: the rule there, as $item.
item() {
    at=0 item=
    for one in $2; do
        at=$((at + 1))
        [ "$at" -ne "$1" ] || item=$one
    done
}

# edit PLACE [TEXT]: take a rule out of $live, or put one in above what is there.
edit() {
    new= at=0
    for one in $live; do
        at=$((at + 1))
        if [ "$at" -eq "$1" ]; then
            [ -n "${2-}" ] || continue
            new=$new$2$newline
        fi
        new=$new$one$newline
    done
    if [ -n "${2-}" ] && [ "$1" -gt "$at" ]; then new=$new$2$newline; fi
    live=$new
}

# words RULE: what stands behind `-A CHAIN`, as $words.
words() {
    words=${1#-A }
    case $words in *' '*) words=${words#* } ;; *) words= ;; esac
}

# --- Taking back

# restore PROGRAM SCRIPT: one transaction.
restore() { printf '%s\n' "*filter$newline${2}COMMIT" | "$1-restore" --noflush --wait 5 >/dev/null 2>&1; }

# printed: the rules of $chain, as $live; 1 where they cannot be read.
printed() {
    listing=$("$program" -w 5 -S "$chain" 2>/dev/null) || return 1
    live=
    for one in $listing; do
        case $one in '-A '*) live=$live$one$newline ;; esac
    done
}

# beside PLACE: where the rule of $before at PLACE belongs in $live, as $there: below its nearest
# neighbour above, else above the one below.
beside() {
    other=$(($1 - 1))
    while [ "$other" -ge 1 ]; do
        neighbour "$other" && there=$((place + 1)) && return
        other=$((other - 1))
    done
    count_of_before=0
    for one in $before; do count_of_before=$((count_of_before + 1)); done
    other=$(($1 + 1))
    while [ "$other" -le "$count_of_before" ]; do
        neighbour "$other" && there=$place && return
        other=$((other + 1))
    done
    there=1
}

# neighbour PLACE: where the rule of $before at PLACE is in $live, as $place.
neighbour() {
    item "$1" "$before"
    rank=0 at=0
    for one in $before; do
        at=$((at + 1))
        [ "$at" -le "$1" ] || break
        [ "$one" != "$item" ] || rank=$((rank + 1))
    done
    nth "$rank" "$item" "$live"
    [ "$place" -gt 0 ]
}

# in_order: whether the rules that were there before stand as they did, those that are left.
in_order() {
    left=$before
    for rule_now in $live; do
        count "$rule_now" "$before"
        [ "$count" -gt 0 ] || continue
        while :; do
            [ -n "$left" ] || return 1
            first=${left%%"$newline"*}
            left=${left#*"$newline"}
            [ "$first" != "$rule_now" ] || break
        done
    done
}

# put_back PLACE: put the rule of $before at PLACE in again, unless enough of its kind are there.
put_back() {
    item "$1" "$before"
    rule=$item
    count "$rule" "$before"
    had=$count
    count "$rule" "$live"
    [ "$count" -lt "$had" ] || return
    beside "$1"
    words "$rule"
    edit "$there" "$rule"
    script="$script-I $chain $there $words$newline"
}

# out NUMBER RULE: take the NUMBERth out by its place.
out() {
    nth "$1" "$2" "$live"
    [ "$place" -gt 0 ] || return
    edit "$place"
    script="$script-D $chain $place$newline"
}

# of_chain PASS: what undoes the change on $chain, added to $script.
of_chain() {
    [ -n "$chain" ] || return
    if ! printed; then # gone, and the change's rules with it; else try again later
        "$program" -w 5 -S >/dev/null 2>&1 || failed=yes
        return
    fi
    if [ "$1" -eq 1 ]; then
        settled=
        in_order && settled=yes
        for task in $numbered; do
            kind=${task%% *} rest=${task#* }
            number=${rest%% *} rule=${rest#* }
            if [ "$kind" = M ]; then
                [ -z "$settled" ] || continue
                item "$rule" "$before"
                rule=$item
            fi
            count "$rule" "$before"
            had=$count
            [ "$kind" = M ] || had=$((had + 1))
            count "$rule" "$live"
            [ "$count" -ge "$had" ] || continue
            out "$number" "$rule"
            [ "$kind" = N ] || taken=$taken${rest#* }$newline
        done
        place_before=0
        for rule_before in $before; do
            place_before=$((place_before + 1))
            case $newline$taken in *"$newline$place_before$newline"*) put_back "$place_before" ;; esac
        done
    fi
    for task in $put; do
        [ "${task%% *}" -eq "$1" ] || continue
        words "${task#* }"
        restore "$program" "-C $chain $words$newline" || continue
        script="$script-D $chain $words$newline"
    done
}

# undo PROGRAM PASS: undo everything of one program in one transaction.
undo() {
    script= chain= before= taken= put= numbered= program=$1
    mine=
    for line in $plan; do
        value=${line#? }
        case $line in
        'C '*)
            of_chain "$2"
            before= taken= put= numbered= chain=
            [ "${value%% *}" = "$1" ] && mine=yes && chain=${value#* } || mine=
            ;;
        [PS]\ *) ;;
        *)
            [ -n "$mine" ] || continue
            case $line in
            'B '*) before=$before$value$newline ;;
            'I '*) put=$put$value$newline ;;
            'D '*) taken=$taken$value$newline ;;
            *) numbered=$numbered$line$newline ;;
            esac
            ;;
        esac
    done
    of_chain "$2"
    [ -z "$script" ] || restore "$1" "$script"
}

# sets LETTER: the lines of ipset that stand before or after the rules; what is so already is fine.
sets() {
    for line in $plan; do
        case $line in "$1 "*) printf '%s\n' "${line#? }" | ipset -exist restore >/dev/null 2>&1 ;; esac
    done
}

take_back() {
    failed=
    sets P
    for pass in 1 2 3; do
        for program_of in iptables-nft ip6tables-nft iptables-legacy ip6tables-legacy; do
            case $newline$plan in *"${newline}C $program_of "*) undo "$program_of" "$pass" || failed=yes ;; esac
        done
    done
    sets S
    [ -z "$failed" ]
}

main() {
    plan=
    while IFS= read -r line; do plan=$plan$line$newline; done <"$here/$id.plan" || exit 1
    cd / || exit 1
    echo "$$" >"$here/$id.pid"
    while [ -e "$here/$id.armed" ]; do
        IFS=' ' read -r now _ </proc/uptime
        [ "${now%%.*}" -lt "$deadline" ] || break
        sleep 1
    done
    mv "$here/$id.armed" "$here/$id.back" 2>/dev/null || exit 0
    tries=0
    until take_back; do # as while somebody holds the lock of the rules
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] || exit 1
        sleep 1
    done
    : >"$here/$id.done"
}

main
