/* Waiting for events on descriptors. */
#include <poll.h>
#include <sys/epoll.h>
#include <time.h>

#include "calls.h"
#include "descriptors.h"
#include "sys.h"

#define SET_SIZE 8

long call_poll(const struct wc_step *step, struct wc_event *event)
{
    const struct wc_arg *arg = step->args;
    struct pollfd one = {.fd = (int)arg[0].value, .events = (short)arg[1].value};
    struct timespec at_once = {0, 0};
    long r = sys(SYS_ppoll, &one, 1, arg[2].value == WC_TIMEOUT_ZERO ? (long)&at_once : 0, 0, SET_SIZE);
    event->set = (uint16_t)one.revents;
    return r;
}

long call_epoll_create(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    return descriptor_keep(sys(SYS_epoll_create1, EPOLL_CLOEXEC), &step->args[0]);
}

long call_epoll_ctl(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    const struct wc_arg *arg = step->args;
    struct epoll_event wanted = {.events = (uint32_t)arg[3].value};
    return sys(SYS_epoll_ctl, arg[0].value, arg[1].value, arg[2].value, &wanted);
}

long call_epoll_wait(const struct wc_step *step, struct wc_event *event)
{
    struct epoll_event found = {0};
    int timeout = step->args[1].value == WC_TIMEOUT_ZERO ? 0 : -1;
    long r = sys(SYS_epoll_pwait, step->args[0].value, &found, 1, timeout, 0, SET_SIZE);
    event->set = r > 0 ? found.events : 0;
    return r;
}
