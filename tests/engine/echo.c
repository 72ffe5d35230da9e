/* The one program of every test container: answers each line or datagram with
 * "NAME PEER-ADDRESS LOCAL-ADDRESS", so that the asker learns who answered and as whom it was seen.
 *
 * usage: echo NAME tcp/PORT|udp/PORT ...
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1024 };
enum role { LISTENER, STREAM, DATAGRAM };

static struct pollfd polled[MOST];
static enum role roles[MOST];
static int used;
static const char *name;

static void stop(int signal_number)
{
    (void)signal_number;
    _exit(0);
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void watch(int fd, enum role role)
{
    if (used == MOST) {
        close(fd);
        return;
    }
    polled[used] = (struct pollfd){.fd = fd, .events = POLLIN};
    roles[used++] = role;
}

static void forget(int index)
{
    close(polled[index].fd);
    used--;
    polled[index] = polled[used];
    roles[index] = roles[used];
}

static int compose(char *line, size_t size, const struct in6_addr *peer, const struct in6_addr *own)
{
    char from[INET6_ADDRSTRLEN] = "?", to[INET6_ADDRSTRLEN] = "?";
    inet_ntop(AF_INET6, peer, from, sizeof from);
    inet_ntop(AF_INET6, own, to, sizeof to);
    return snprintf(line, size, "%s %s %s\n", name, from, to);
}

static void answer_stream(int index)
{
    char line[256];
    struct sockaddr_in6 peer, own;
    socklen_t peer_size = sizeof peer, own_size = sizeof own;
    int fd = polled[index].fd;
    ssize_t got = read(fd, line, sizeof line);
    if (got > 0 && !getpeername(fd, (struct sockaddr *)&peer, &peer_size)
        && !getsockname(fd, (struct sockaddr *)&own, &own_size)) {
        int size = compose(line, sizeof line, &peer.sin6_addr, &own.sin6_addr);
        if (send(fd, line, size, MSG_NOSIGNAL) == size)
            return;
    }
    forget(index);
}

/* The reply leaves from the address the question came to, also on a host with several addresses. */
static void answer_datagram(int fd)
{
    char line[256], control[256];
    struct sockaddr_in6 peer;
    struct in6_addr own = IN6ADDR_ANY_INIT;
    struct iovec data = {.iov_base = line, .iov_len = sizeof line};
    struct msghdr message = {.msg_name = &peer, .msg_namelen = sizeof peer, .msg_iov = &data,
                             .msg_iovlen = 1, .msg_control = control,
                             .msg_controllen = sizeof control};
    if (recvmsg(fd, &message, 0) < 0)
        return;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
        if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo *info = (struct in6_pktinfo *)CMSG_DATA(c);
            own = info->ipi6_addr;
            if (!IN6_IS_ADDR_LINKLOCAL(&own))
                info->ipi6_ifindex = 0; /* let the routing table choose the way back */
        }
    data.iov_len = compose(line, sizeof line, &peer.sin6_addr, &own);
    sendmsg(fd, &message, 0);
}

static void open_port(const char *text)
{
    int stream = !strncmp(text, "tcp/", 4), on = 1, off = 0;
    struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(atoi(text + 4))};
    int fd = socket(AF_INET6, stream ? SOCK_STREAM : SOCK_DGRAM, 0);
    if (fd < 0)
        fail("socket");
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&any, sizeof any))
        fail(text);
    if (stream && listen(fd, 512))
        fail("listen");
    watch(fd, stream ? LISTENER : DATAGRAM);
}

int main(int count, char **arguments)
{
    if (count < 3) {
        fprintf(stderr, "usage: echo NAME tcp/PORT|udp/PORT ...\n");
        return 2;
    }
    signal(SIGTERM, stop); /* the first process of a container ignores what it does not catch */
    signal(SIGINT, stop);
    name = arguments[1];
    for (int i = 2; i < count; i++)
        open_port(arguments[i]);
    for (;;) {
        if (poll(polled, used, -1) < 0)
            continue;
        for (int i = used - 1; i >= 0; i--) {
            if (!polled[i].revents)
                continue;
            if (roles[i] == LISTENER) {
                int fd = accept(polled[i].fd, NULL, NULL);
                if (fd >= 0)
                    watch(fd, STREAM);
            } else if (roles[i] == STREAM) {
                answer_stream(i);
            } else {
                answer_datagram(polled[i].fd);
            }
        }
    }
}
