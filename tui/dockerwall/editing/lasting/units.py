"""The systemd units that put the operator's rules back, after Docker and optionally before it.

PartOf= only carries stopping and restarting on to the unit; WantedBy= is what starts it with
Docker. A restart of another firewall service may empty every chain, so it is carried on too. But
starting firewalld stops iptables.service, and systemd would refuse to restart firewalld if that
restarted and stopped one and the same unit: ours is part of either the one or the other.

Docker keeps what it finds in DOCKER-USER when it starts, so rules that stand there before close a
port from the first packet on; what is part of Docker is started anew before every start of it.
"""

from __future__ import annotations

from dockerwall.model.boot import RESTORE

_NEUTRAL = "ufw.service netfilter-persistent.service"
_IPTABLES = "iptables.service ip6tables.service"
_FIREWALLS = f"{_NEUTRAL} firewalld.service {_IPTABLES}"

BEFORE_DOCKER = f"""\
# Written by dockerwall-tui persist --early; dockerwall-tui persist --remove takes it away.
[Unit]
Description=The operator's own firewall rules, before Docker opens ports
After={_FIREWALLS}
Before=docker.service
PartOf=docker.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh {RESTORE} early
TimeoutStartSec=300

[Install]
WantedBy=docker.service
"""

WITH_FIREWALLD = f"""\
# Written by dockerwall-tui persist; dockerwall-tui persist --remove takes it away.
[Unit]
Description=The operator's own firewall rules, whenever firewalld has been reloaded
After=docker.service firewalld.service dockerwall-rules.service

[Service]
ExecStart=/bin/sh {RESTORE} watch
Restart=always
RestartSec=5

[Install]
WantedBy=docker.service
"""


def after_docker(*, firewalld: bool) -> str:
    """The unit that runs after Docker, on a host where firewalld is in play or is not."""
    exclusive = "firewalld.service" if firewalld else _IPTABLES
    return f"""\
# Written by dockerwall-tui persist; dockerwall-tui persist --remove takes it away.
[Unit]
Description=The operator's own firewall rules for Docker's ports
After=docker.service {_FIREWALLS}
PartOf=docker.service {_NEUTRAL} {exclusive}

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh {RESTORE}
TimeoutStartSec=300

[Install]
WantedBy=docker.service
"""
