/* Descriptors on their way from one process to another. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "calls.h"
#include "descriptors.h"
#include "sys.h"

#if !defined(SO_PEERPIDFD)
#define SO_PEERPIDFD 77
#endif

/* A message of one byte, with room for one descriptor. */
struct parcel {
    struct msghdr header;
    struct iovec part;
    char byte;
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
};

static struct cmsghdr *wrap(struct parcel *parcel)
{
    memset(parcel, 0, sizeof *parcel);
    parcel->part = (struct iovec){.iov_base = &parcel->byte, .iov_len = 1};
    parcel->header = (struct msghdr){.msg_iov = &parcel->part,
                                     .msg_iovlen = 1,
                                     .msg_control = parcel->control,
                                     .msg_controllen = sizeof parcel->control};
    return (struct cmsghdr *)parcel->control;
}

long call_socketpair(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    int pair[2];
    long r = sys(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
    if (r < 0)
        return r;
    descriptor_keep(pair[0], &step->args[0]);
    descriptor_keep(pair[1], &step->args[1]);
    return 0;
}

long call_send_fd(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    struct parcel parcel;
    struct cmsghdr *control = wrap(&parcel);
    int fd = (int)step->args[1].value;
    *control = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(control), &fd, sizeof fd);
    return sys(SYS_sendmsg, step->args[0].value, &parcel.header, MSG_NOSIGNAL | MSG_DONTWAIT);
}

long call_recv_fd(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    struct parcel parcel;
    struct cmsghdr *control = wrap(&parcel);
    int fd = -EPROTO;
    long r = sys(SYS_recvmsg, step->args[0].value, &parcel.header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (r < 0)
        return r;
    if (parcel.header.msg_controllen && control->cmsg_type == SCM_RIGHTS)
        memcpy(&fd, CMSG_DATA(control), sizeof fd);
    return descriptor_keep(fd, &step->args[1]);
}

long call_peer_pidfd(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    int fd = -1;
    socklen_t size = sizeof fd;
    long r = sys(SYS_getsockopt, step->args[0].value, SOL_SOCKET, SO_PEERPIDFD, &fd, &size);
    return r < 0 ? r : descriptor_keep(fd, &step->args[1]);
}
