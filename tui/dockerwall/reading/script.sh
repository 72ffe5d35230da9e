#!/bin/sh
# Prints a snapshot of this host's firewall, network and Docker as a tar archive, for dockerwall-tui:
#
#     ssh HOST sudo sh < script > host.tar
#     dockerwall-tui --snapshot host.tar
#
# Any POSIX shell will do, with whatever of iptables, nft, ip, ss, ipset and docker exists. Nothing
# is changed: no file is written, no table made, no kernel module loaded and no lock taken. Of
# containers, only what bears on their network is told: no environment, no command lines.
#
# Started over a connection that stays, it is told a token: every reading then stands between two
# lines with it, and a file that is as it was in the reading before is only named, in `unchanged`.

unset IFS ENV CDPATH DOCKER_API_VERSION
unalias -a 2>/dev/null
set +eu
LC_ALL=C
PATH=${PATH:-/bin}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin
export LC_ALL PATH
newline='
'
conf=/proc/sys/net
limit=
timeout -s KILL 5 sh -c : </dev/null >/dev/null 2>&1 && limit='timeout -s KILL'

# --- Answers of programs

# place_of PROGRAM: where it is, as $found. Some shells have an `ip` of their own, which knows less
# than an installed one: that comes first.
place_of() {
    search=$PATH:
    while [ -n "$search" ]; do
        found=${search%%:*}/$1
        search=${search#*:}
        [ -f "$found" ] && [ -x "$found" ] && return 0
    done
    found=$1
    command -v "$1" >/dev/null 2>&1
}

# bounded SECONDS PROGRAM...: run it with nothing to read, ended when it takes too long.
bounded() {
    seconds=$1
    place_of "$2"
    shift 2
    $limit ${limit:+"$seconds"} "$found" "$@" </dev/null
}

# ask SECONDS PROGRAM...: its output as $text, to the byte; its status; why it failed as $why.
ask() {
    text=$(bounded "$@" 2>/dev/null; status=$?; printf x; exit "$status")
    status=$?
    text=${text%x}
    why=
    case $status in
    0) return 0 ;;
    124 | 137) why="$2 did not end in time" ;;
    *)
        why=$(bounded "$@" 2>&1 >/dev/null)
        why=${why##*"$newline"}
        why="$2 failed${why:+: ${why%.}}"
        ;;
    esac
    text=
    return 1
}

# --- The archive

# A tar header ends with the sum of its bytes, and no program is needed to add them up: each file's
# name comes with the sum of its letters, which also names the variable that keeps its last text.

# zeros COUNT: so many NUL bytes, as printf writes them.
zeros() {
    zeros=
    left=$1
    while [ "$left" -ge 8 ]; do
        zeros=$zeros'\0\0\0\0\0\0\0\0'
        left=$((left - 8))
    done
    while [ "$left" -gt 0 ]; do
        zeros=$zeros'\0'
        left=$((left - 1))
    done
}
zeros 100
zeros100=$zeros
zeros 247
zeros247=$zeros
zeros 1024
zeros1024=$zeros

# digits NUMBER: adds the digits of a number, as text, to $sum.
digits() {
    rest=$1
    while [ -n "$rest" ]; do
        after=${rest#?}
        sum=$((sum + ${rest%"$after"}))
        rest=$after
    done
}

# put NAME SUM: $text as one file of the archive, or its name alone when it is as before.
put() {
    if [ -n "$token" ]; then
        eval "before=\${kept_$2-none}"
        if [ "$before" = "$text" ]; then
            unchanged=$unchanged$1$newline
            return
        fi
        eval "kept_$2=\$text"
    fi
    member "$1" "$2"
}

member() {
    size=${#text}
    sum=$((3029 + $2))
    octal=$(printf '%011o %011o' "$size" "$now")
    digits "${octal% *}"
    digits "${octal#* }"
    zeros $((100 - ${#1}))
    printf "%s${zeros}%s\\000%s\\000%s\\000%s\\000%s\\000%06o\\000 0" \
        "$1" 0000600 0000000 0000000 "${octal% *}" "${octal#* }" "$sum"
    printf "${zeros100}ustar\\00000${zeros247}"
    printf %s "$text"
    zeros $(((512 - size % 512) % 512))
    printf "$zeros"
}

# drop SUM: a file that cannot be read now is not unchanged when it can be read again.
drop() { unset "kept_$1"; }

# --- What could not be read

# json TEXT: at most 300 bytes of it as the inside of a JSON string, in $json.
json() {
    rest=$(printf '%.300s' "$1")
    json=
    while [ -n "$rest" ]; do
        after=${rest#?}
        letter=${rest%"$after"}
        rest=$after
        case $letter in
        [\"\\]) json=$json\\$letter ;;
        [\ -~]) json=$json$letter ;;
        *) json="$json?" ;;
        esac
    done
}

# gap FILE PROBLEM ADVICE [true]: what is missing, why, what to do; true where privilege was denied.
gap() {
    [ "${4-}" = true ] && denied=true
    json "$2"
    problem=$json
    json "$3"
    gaps="$gaps${gaps:+,$newline  }{\"source\": \"$1\", \"problem\": \"$problem\","
    gaps="$gaps \"advice\": \"$json\", \"denied\": ${4-false}}"
    [ -n "$token" ] || printf '%s %s\n' "$2" "$3" >&2
}

# file NAME SUM PACKAGE PROGRAM...: what a program prints as a file of the archive, or a gap.
file() {
    file=$1 number=$2 package=$3
    shift 3
    if ! place_of "$1"; then
        drop "$number"
        gap "$file" "$before_gap$1 is not installed." "Install the package $package."
    elif ask 30 "$@"; then
        put "$file" "$number"
    else
        drop "$number"
        gap "$file" "$before_gap$why." "Run \`$*\` by hand to see why."
    fi
    before_gap=
}

# --- The kernel's own word

# privileged: whether this process has CAP_NET_ADMIN, which is bit 12.
privileged() {
    while read -r name value; do
        [ "$name" = CapEff: ] && break
    done </proc/self/status
    case $value in *[13579bdfBDF]???) return 0 ;; esac
    return 1
}

# unloaded MODULE: whether it is known to be on disk and not in the kernel, and so to hold nothing.
unloaded() {
    [ -e "/sys/module/$1" ] && return 1
    [ -r "/lib/modules/$kernel/modules.dep" ] || return 1
    if place_of grep; then
        "$found" -q "^[^:]*/$1\\.ko" "/lib/modules/$kernel/modules.dep"
        return
    fi
    while read -r line; do
        case ${line%%:*} in */"$1".ko*) return 0 ;; esac
    done <"/lib/modules/$kernel/modules.dep"
    return 1
}

# --- Rules

# saver PROGRAM VARIANT: the save program of a variant as $saver; the plain one serves the variant
# that its version names, which was the legacy one before there were two.
saver() {
    saver=$1-$2-save
    place_of "$saver" && return 0
    saver=$1-save
    place_of "$saver" || return 1
    case $("$found" --version </dev/null 2>/dev/null) in
    *nf_tables*) [ "$2" = nft ] ;;
    *) [ "$2" = legacy ] ;;
    esac
}

# read_nft_variant PROGRAM SUM: the rules that iptables-nft shows, kept as $saved too.
read_nft_variant() {
    name=$1-save.nft
    saved=
    text=
    if unloaded nf_tables; then
        put "$name" "$2"
    elif saver "$1" nft; then
        file "$name" "$2" iptables "$saver" -c
        saved=$text
    elif ! saver "$1" legacy || ! place_of nft; then # else nft itself shows the rules of other programs
        gap "$name" "$1-nft-save is not installed, so the rules of iptables-nft cannot be read." \
            "Install the package iptables."
    fi
}

# read_legacy_variant PROGRAM SUM NAMES: only where the kernel names a legacy table already, since
# asking for one makes it.
read_legacy_variant() {
    name=$1-save.legacy
    tables=
    if [ -r "/proc/net/$3" ]; then
        while read -r table; do tables="$tables${tables:+, }$table"; done <"/proc/net/$3"
    fi
    if [ -z "$tables" ]; then
        drop "$2"
    elif saver "$1" legacy; then
        file "$name" "$2" iptables "$saver" -c
    else
        drop "$2"
        gap "$name" "The kernel holds legacy tables ($tables), but $1-legacy-save is not installed to read them." \
            "Install the package iptables."
    fi
}

read_rules() {
    if ! privileged; then
        gap iptables-save.nft "The firewall cannot be read: that needs root (CAP_NET_ADMIN)." \
            "Run it as root: \`ssh HOST sudo sh < script\`." true
        return
    fi
    read_nft_variant iptables 1702
    saved4=$saved
    read_legacy_variant iptables 2003 ip_tables_names
    saved6=
    if [ -e /proc/net/if_inet6 ]; then
        read_nft_variant ip6tables 1756
        saved6=$saved
        read_legacy_variant ip6tables 2057 ip6_tables_names
    else
        gap ip6tables-save.nft "This host has no IPv6, so there are no IPv6 rules to read." \
            "Nothing has to be done: without IPv6 nothing arrives by it."
    fi
    if unloaded nf_tables; then
        text="{\"nftables\": []}$newline"
        put nft.json 816
        return
    fi
    before_gap="Native nft tables cannot be seen, and they can drop what iptables accepts: "
    if [ "$1" = whole ] || ! place_of nft; then
        file nft.json 816 nftables nft -j list ruleset
    else
        read_native
    fi
}

# read_native: the nft tables that iptables-save did not show; all chains when there are none.
read_native() {
    if ! ask 30 nft list chains; then
        file nft.json 816 nftables nft -j list ruleset
        return
    fi
    hidden=$(printf %s "$text" | hidden_tables)
    case $hidden in
    '') file nft.json 816 nftables nft -j list chains && return ;;
    *[!A-Za-z0-9_.\ "$newline"-]*) file nft.json 816 nftables nft -j list ruleset && return ;;
    esac
    all=
    # shellcheck disable=SC2086 # family and name, word by word, all of them plain
    set -- $hidden
    while [ $# -gt 1 ]; do
        if ! ask 30 nft -j list table "$1" "$2"; then
            file nft.json 816 nftables nft -j list ruleset
            return
        fi
        text=${text#'{"nftables": ['}
        all=$all${all:+, }${text%']}'*}
        shift 2
    done
    text="{\"nftables\": [$all]}$newline"
    before_gap=
    put nft.json 816
}

# hidden_tables < CHAINS: family and name of every table with a base chain that no save text shows.
hidden_tables() {
    last=
    while read -r word one two _; do
        [ "$word" = table ] && where="$one $two"
        [ "$word" = type ] && [ "$where" != "$last" ] || continue
        last=$where
        shown "$where" || printf '%s\n' "$where"
    done
}

# shown TABLE: whether iptables-nft-save printed this table whole.
shown() {
    case $1 in
    'ip '*) text=$saved4 ;;
    'ip6 '*) text=$saved6 ;;
    *) return 1 ;;
    esac
    case $text in *"# Table \`${1#* }' is incompatible"*) return 1 ;; esac
    case $1 in *' filter' | *' nat' | *' raw' | *' mangle' | *' security') ;; *) return 1 ;; esac
    case $newline$text in *"$newline*${1#* }$newline"*) return 0 ;; esac
    return 1
}

# --- Everything but rules and Docker

read_network() {
    file addr.json 899 iproute2 ip -j addr
    file link.json 918 iproute2 ip -j -d link
    file rule.json 928 iproute2 ip -j rule
    file route4.json 1099 iproute2 ip -j -4 route show table all
    if [ -e /proc/net/if_inet6 ]; then
        file rule6.json 982 iproute2 ip -j -6 rule
        file route6.json 1101 iproute2 ip -j -6 route show table all
    else
        text="[]$newline"
        put rule6.json 982
        put route6.json 1101
    fi
    file listen.txt 1053 iproute2 ss -H -lntup
    if place_of grep || place_of cat; then
        text=$(settings; printf x)
        text=${text%x}
        put sysctl.txt 1072
    else
        drop 1072
        gap sysctl.txt "The kernel's settings cannot be read: neither grep nor cat is installed." \
            "Install the package coreutils."
    fi
    kept persisted.v4 1195 /etc/iptables/rules.v4 /etc/sysconfig/iptables \
        /etc/iptables/iptables.rules
    kept persisted.v6 1197 /etc/iptables/rules.v6 /etc/sysconfig/ip6tables \
        /etc/iptables/ip6tables.rules
    beginning \
        /run/systemd/system /etc/systemd/system/docker.service.wants/dockerwall-rules.service \
        /etc/systemd/system/docker.service.wants/dockerwall-rules-early.service \
        /usr/sbin/firewalld /etc/systemd/system/multi-user.target.wants/firewalld.service \
        /etc/systemd/system/dbus-org.fedoraproject.FirewallD1.service -- \
        /etc/dockerwall/boot/rules.v4 /etc/dockerwall/boot/rules.v6 /etc/dockerwall/boot/sets \
        /etc/dockerwall/boot/restore /etc/dockerwall/boot/record.json \
        /etc/systemd/system/dockerwall-rules.service \
        /etc/systemd/system/dockerwall-rules-early.service /etc/iptables/rules.v4 \
        /etc/sysconfig/iptables /etc/iptables/iptables.rules /etc/iptables/rules.v6 \
        /etc/sysconfig/ip6tables /etc/iptables/ip6tables.rules /etc/default/ufw \
        /etc/ufw/ufw.conf /etc/ufw/before.rules /etc/ufw/before6.rules /etc/ufw/after.rules \
        /etc/ufw/after6.rules /etc/firewalld/direct.xml
    put boot.txt 834
    privileged || return
    text=
    if unloaded ip_set; then
        put ipset.save 1026
    else
        file ipset.save 1026 ipset ipset save
    fi
}

# settings: the kernel settings that bear on who reaches what, as `sysctl -a` prints them.
settings() {
    set +f
    set -- $conf/ipv4/ip_forward $conf/bridge/* $conf/ipv4/conf/*/route_localnet \
        $conf/ipv4/conf/*/rp_filter $conf/ipv4/conf/*/forwarding \
        $conf/ipv6/conf/*/forwarding $conf/ipv6/conf/*/disable_ipv6
    # Not by the shell's own read: it takes one byte after the other, and here only the first comes.
    if place_of grep; then
        "$found" '' /dev/null "$@" </dev/null 2>/dev/null
    else
        for path; do
            [ -r "$path" ] && printf '%s:%s\n' "$path" "$(cat "$path")"
        done
    fi | while IFS=: read -r path value; do setting "${path#/proc/sys/}" "$value"; done
}

# setting PATH VALUE: one line; a dot inside an interface's name becomes a slash.
setting() {
    rest=$1
    name=
    while :; do
        part=${rest%%/*}
        while :; do
            case $part in *.*) part=${part%%.*}/${part#*.} ;; *) break ;; esac
        done
        name=$name${name:+.}$part
        case $rest in */*) rest=${rest#*/} ;; *) break ;; esac
    done
    printf '%s = %s\n' "$name" "$2"
}

# kept NAME SUM FILE...: the first file there is of those that a boot restores rules from.
kept() {
    name=$1 number=$2
    shift 2
    drop_it=true
    for path; do
        [ -f "$path" ] && [ -r "$path" ] || continue
        [ "$(wc -c <"$path")" -le 67108864 ] 2>/dev/null || continue
        ask 30 cat "$path" || continue
        put "$name" "$number"
        drop_it=
        break
    done
    [ -z "$drop_it" ] || drop "$number"
}

# beginning NAME... -- FILE...: in $text, which of them there are, and the lines of the files.
beginning() {
    text=$(paths "$@"; lines "$@"; printf x)
    text=${text%x}
}

paths() {
    for path; do
        [ -e "$path" ] || [ -L "$path" ] || continue
        printf '%s\n' "$path"
    done
}

lines() {
    while [ "$1" != -- ]; do shift; done
    for path; do
        [ -f "$path" ] && [ -r "$path" ] || continue
        [ "$(wc -c <"$path")" -le 4194304 ] 2>/dev/null || continue
        while IFS= read -r line || [ -n "$line" ]; do
            printf '%s:%s\n' "$path" "$line"
        done <"$path"
    done
}

# --- Docker

part='"Id":{{json .Id}},"Name":{{json .Name}},"Created":{{json .Created}}'
part=$part',"State":{"Status":{{json .State.Status}},"Pid":{{json .State.Pid}},"StartedAt":{{json .State.StartedAt}}}'
part=$part',"Config":{"Image":{{json .Config.Image}},"ExposedPorts":{{json .Config.ExposedPorts}},"Labels":{{json .Config.Labels}}}'
part=$part',"HostConfig":{"NetworkMode":{{json .HostConfig.NetworkMode}},"PortBindings":{{json .HostConfig.PortBindings}}}'
part=$part',"NetworkSettings":{"Ports":{{json .NetworkSettings.Ports}},"Networks":{{json .NetworkSettings.Networks}}}'

no_docker() {
    for number in 1939 1593 2243 2058; do drop $number; done
    gap docker-info.json "$@"
}

read_docker() {
    if ! place_of docker; then
        if [ -S /var/run/docker.sock ]; then
            no_docker "The docker command is not installed, so Docker could not be asked." \
                "Install the package docker-cli."
        else
            no_docker "Docker is not running: /var/run/docker.sock does not exist." \
                "Start it with \`systemctl start docker\`."
        fi
        return
    fi
    if ! ask 5 docker version --format '{{json .}}'; then
        case $why in
        *'permission denied'*) no_docker "Docker could not be read: $why." "Run it as root." true ;;
        *) no_docker "Docker could not be read: $why." "Run \`docker info\` by hand to see why." ;;
        esac
        return
    fi
    version=$text
    ask 5 docker info --format '{{.Name}} {{.KernelVersion}} {{json .}}' || text=
    info=${text#* }
    its_kernel=${info%% *}
    info=${info#* }
    its_name=${text%% *}
    case $info in
    '{'*) ;;
    *)
        no_docker "Docker could not be read: ${why:-docker info printed nothing}." \
            "Run \`docker info\` by hand to see why."
        return
        ;;
    esac
    case $info in *'"name=rootless"'*)
        no_docker "Docker is rootless: its containers are not behind the rules read here." \
            "Read the host where the daemon's own network is."
        return
        ;;
    esac
    if [ "$its_kernel" != "$kernel" ] || [ "${its_name%%.*}" != "${hostname%%.*}" ]; then
        no_docker "Docker runs on host $its_name (kernel $its_kernel), but the rules are those of $hostname (kernel $kernel)." \
            "Set DOCKER_HOST or the Docker context to this host's daemon."
        return
    fi
    text=$version
    put docker-version.json 1939
    text=$info
    put docker-info.json 1593
    # Something may end between being listed and being asked: then once more.
    containers || containers ||
        gap docker-containers.json "Docker's containers could not be read: $why." \
            "Run \`docker ps\` by hand to see why."
    networks || networks ||
        gap docker-networks.json "Docker's networks could not be read: $why." \
            "Run \`docker network ls\` by hand to see why."
}

containers() {
    drop_it=2243
    ask 5 docker ps -q --no-trunc || { drop 2243; return 1; }
    # shellcheck disable=SC2086 # one identity a word
    set -- $text
    text=
    if [ $# -gt 0 ]; then
        ask 5 docker inspect --type container --format "{$part}," "$@" || { drop 2243; return 1; }
    fi
    text="[${text%,"$newline"}]$newline"
    put docker-containers.json 2243
}

networks() {
    ask 5 docker network ls -q --no-trunc || { drop 2058; return 1; }
    # shellcheck disable=SC2086 # one identity a word
    set -- $text
    text="[]$newline"
    if [ $# -gt 0 ]; then
        ask 5 docker network inspect "$@" || { drop 2058; return 1; }
    fi
    put docker-networks.json 2058
}

# --- All together

# snapshot whole|all|host|rules [TOKEN]: one archive. `host` leaves out Docker, `rules` all that
# changes seldom; only `whole` holds in nft.json what iptables-save shows too.
snapshot() {
    token=${2-}
    unchanged= gaps= denied= before_gap=
    set -f
    read -r hostname </proc/sys/kernel/hostname
    read -r kernel </proc/sys/kernel/osrelease
    now=$(date +%s 2>/dev/null) || now=0
    [ -z "$token" ] || printf '\n%s begin\n' "$token"
    read_rules "$1"
    [ "$1" = rules ] || read_network
    case $1 in whole | all) read_docker ;; esac
    json "$hostname"
    text="{\"format\": \"dockerwall-snapshot/1\", \"hostname\": \"$json\","
    json "$kernel"
    text="$text \"kernel\": \"$json\", \"taken_at\": \"$(date -u +%Y-%m-%dT%H:%M:%SZ 2>/dev/null)\","
    text="$text \"gaps\": [$gaps]}$newline"
    member meta.json 911
    if [ -n "$unchanged" ]; then
        text=$unchanged
        member unchanged 941
    fi
    printf "$zeros1024"
    [ -z "$token" ] || printf '%s end\n' "$token"
    [ -z "$denied" ] || return 3
}

if [ -z "${dockerwall_token-}" ] && [ -t 1 ]; then
    echo "This prints a tar archive: redirect it into a file, as in sh script > host.tar." >&2
    exit 2
fi
snapshot "${dockerwall_what-whole}" "${dockerwall_token-}"
