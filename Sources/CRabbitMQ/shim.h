#ifndef CRABBITMQ_SHIM_H
#define CRABBITMQ_SHIM_H

#include <amqp.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

// Swift cannot call variadic functions.
static inline amqp_rpc_reply_t crabbitmq_login(amqp_connection_state_t state, const char *vhost, int frame_max,
                                               int heartbeat, const amqp_table_t *properties, const char *user,
                                               const char *password) {
  return amqp_login_with_properties(state, vhost, 1, frame_max, heartbeat, properties, AMQP_SASL_METHOD_PLAIN, user,
                                    password);
}

// A dead peer must end a blocked send even where no heartbeat is due; keepalive finds it on an idle connection.
static inline int crabbitmq_set_socket_options(int fd, unsigned int user_timeout_ms) {
  int on = 1, idle = 15, interval = 5, count = 3;
  if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) return -1;
  if (setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) != 0) return -1;
  if (setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle) != 0) return -1;
  if (setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval) != 0) return -1;
  if (setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count) != 0) return -1;
  return setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, sizeof user_timeout_ms);
}

static inline int crabbitmq_set_cork(int fd, int on) {
  return setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof on);
}

#endif
