# Writes and removes files of a host all together, all of them or none, and then tells systemd:
#
#     sh -c SCRIPT sh ROOT [PATH MODE BEFORE AFTER]... -- UNFINISHED... -- ORDER...
#
# ROOT is nothing on a host, and a folder in tests. MODE is that of the file, or `keep` for mode and
# owner of the one that is there. BEFORE and AFTER are what has to be there now and what is to be
# there then: `-` for nothing, `>TARGET` for a link, FIRST,LAST for these lines of the standard
# input without their last line break; the input ends with a line that is a dot. Beside each
# UNFINISHED place, `>PLACE` for a link, lies a part that a write which was cut short left: it goes.
# An ORDER is a command of systemctl; a line is printed with its status and its last complaint.
#
# Everything has come before the first file is touched, and what becomes of the connection then does
# not matter. Status 4: nothing was changed, and the last line on standard error says why.

set -f
unset IFS ENV
LC_ALL=C
PATH=${PATH:-/bin}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin
export LC_ALL PATH
umask 077
trap '' HUP INT QUIT TERM PIPE TSTP
newline='
'
root=$1
shift
own=$root/etc/dockerwall/boot
given=$(cat)

refuse() {
    printf '%s\n' "$*" >&2
    exit 4
}

# lines RANGE: these lines of the standard input as $text, without the last line break.
lines() {
    text=$(printf '%s\n' "$given" | sed -n "$1p" && printf x) || return
    text=${text%?x}
}

# place PATH LINK?: where a file really is, as $place; a link of ours is itself the place.
place() {
    place=$root$1
    case $2 in '>'*) return ;; esac
    [ ! -L "$place" ] || place=$(readlink -f "$place")
}

# part: where it is made before it is whole, as $part.
part() { part=${place%/*}/.${place##*/}.dockerwall; }

# settle FILE: have it on the disk.
settle() { sync "$1" || sync || :; } 2>/dev/null

# private FOLDER MODES: whether there is none, or it is root's own with such a mode.
private() {
    [ -e "$1" ] || [ -L "$1" ] || return 0
    # shellcheck disable=SC2046 # word by word
    set -- "$2" $(ls -ldn "$1")
    # shellcheck disable=SC2254 # a pattern
    case $2 in $1) [ "$4" = "$(id -u)" ] ;; *) return 1 ;; esac
}

# is_there PATH BEFORE: whether what is there is what the plan was made from.
is_there() {
    case $2 in
    -) [ ! -e "$root$1" ] ;;
    '>'*) [ -L "$root$1" ] ;; # who made it, and how its target is spelled, does not matter
    *)
        lines "$2" && [ -f "$root$1" ] && [ "$(cat "$root$1"; printf x)" = "${text}x" ]
        ;;
    esac
}

# make PATH MODE WANTED: one file, whole or not at all.
make() {
    place "$1" "$3"
    if [ "$3" = - ]; then
        rm -f "$root$1" || return
        [ ! -d "${place%/*}" ] || settle "${place%/*}"
        return 0
    fi
    folder "${place%/*}" || return
    part
    # Who else is at it just now has a part there too: it stays.
    case $3 in
    '>'*) ln -s "${3#>}" "$part" || return ;;
    *) (set -C && : >"$part") || return ;;
    esac
    if fill "$2" "$3" && [ ! -d "$place" ] && mv -f "$part" "$place"; then
        settle "${place%/*}"
        return 0
    fi
    rm -f "$part"
    return 1
}

# fill MODE WANTED: the part, which is there, with its content.
fill() {
    case $2 in '>'*) return ;; esac
    lines "$2" || return
    if [ "$1" = keep ]; then
        [ ! -e "$place" ] || cp -p "$place" "$part" || return
    else
        chmod "$1" "$part" || return
    fi
    printf %s "$text" >"$part" && [ "$(cat "$part"; printf x)" = "${text}x" ] && settle "$part"
}

folder() {
    [ ! -d "$1" ] || return 0
    mode=755
    [ "$1" != "$own" ] || mode=700
    (umask 022 && mkdir -p "${1%/*}") && mkdir -m "$mode" "$1"
}

# all PATH MODE BEFORE AFTER ...: make each; when one fails, those before it are put back.
all() {
    [ "$1" != -- ] || return 0
    if why=$(make "$1" "$2" "$4" 2>&1 >/dev/null); then
        next all "$@" && return
    else
        why="$1 cannot be written: ${why##*"$newline"}."
    fi
    make "$1" "$2" "$3" 2>/dev/null # as far as it goes: the record names what is left
    return 1
}

# unchanged PATH MODE BEFORE AFTER ...: refuse where one is not what the plan was made from.
unchanged() {
    [ "$1" != -- ] || return 0
    is_there "$1" "$3" || refuse "$1 has changed meanwhile: look again."
    next unchanged "$@"
}

# next FUNCTION PATH MODE BEFORE AFTER ...: the function with the files behind this one.
next() {
    function=$1
    shift 5
    "$function" "$@"
}

# behind MARKS FUNCTION WORD...: the function with the words behind so many marks.
behind() {
    marks=$1 function=$2
    shift 2
    while [ "$marks" -gt 0 ]; do
        [ "$1" != -- ] || marks=$((marks - 1))
        shift
    done
    "$function" "$@"
}

# clear UNFINISHED... --: remove the parts.
clear() {
    while [ "$1" != -- ]; do
        case $1 in '>'*) place "${1#>}" '>' ;; *) place "$1" '' ;; esac
        part
        rm -f "$part"
        shift
    done
}

# tell ORDER...: give systemd orders; none after it failed to look at its units again.
tell() {
    for order; do
        # shellcheck disable=SC2086 # word by word
        why=$(systemctl $order 2>&1 >/dev/null </dev/null)
        status=$?
        printf '%s %s\n' "$status" "${why##*"$newline"}"
        [ "$order $status" = "daemon-reload 0" ] || [ "$order" != daemon-reload ] || break
    done
}

# tidy: remove the folders that are left empty.
tidy() {
    rmdir "$own" "${own%/*}" "$root/etc/systemd/system/docker.service.wants" 2>/dev/null
    :
}

case $given in
*"$newline.") ;;
*) refuse "what is to be written did not come whole." ;;
esac
for folder in "${own%/*} d????-??-?*" "$own d???------*"; do
    private "${folder% *}" "${folder##* }" ||
        refuse "${folder% *} is not a folder that only root can write to."
done
unchanged "$@"
behind 1 clear "$@"
all "$@"
status=$?
tidy
[ "$status" = 0 ] || refuse "$why"
behind 2 tell "$@"
exit 0
