// A subscriber like any other service: declares the (topic, durable) exchange, binds a queue of its own to it, and prints
// every message's body on a line, until it is told to end.
// usage: subscribe HOST PORT EXCHANGE ROUTING_KEY [QUEUE]
// With QUEUE the queue is durable, a message is acknowledged when it is printed, and a connection that breaks is made anew:
// everything arrives, something may come twice.
// Prints "ready" on stderr once it is bound: what is published from then on arrives.
#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static volatile sig_atomic_t ended;
static void end(int number) {
  (void)number;
  ended = 1;
}

// One connection's life. Gives what could not be done; NULL when told to end.
static const char *subscribe(amqp_connection_state_t connection, char **arguments) {
  static int is_ready;
  amqp_bytes_t exchange = amqp_cstring_bytes(arguments[3]), key = amqp_cstring_bytes(arguments[4]);
  int durable = arguments[5] != NULL;
  amqp_bytes_t name = durable ? amqp_cstring_bytes(arguments[5]) : amqp_empty_bytes;
  amqp_socket_t *socket = amqp_tcp_socket_new(connection);
  if (!socket || amqp_socket_open(socket, arguments[1], atoi(arguments[2])) != AMQP_STATUS_OK) return "connect";
  amqp_rpc_reply_t reply = amqp_login(connection, "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest");
  if (reply.reply_type != AMQP_RESPONSE_NORMAL || !amqp_channel_open(connection, 1)) return "log in";
  amqp_queue_declare_ok_t *queue =
      amqp_queue_declare(connection, 1, name, 0, durable, !durable, !durable, amqp_empty_table);
  if (!queue) return "declare a queue";
  amqp_bytes_t made = amqp_bytes_malloc_dup(queue->queue);
  int is_bound = amqp_exchange_declare(connection, 1, exchange, amqp_cstring_bytes("topic"), 0, 1, 0, 0,
                                       amqp_empty_table) &&
                 amqp_queue_bind(connection, 1, made, exchange, key, amqp_empty_table) &&
                 amqp_basic_consume(connection, 1, made, amqp_empty_bytes, 0, !durable, 1, amqp_empty_table);
  amqp_bytes_free(made);
  if (!is_bound) return "bind and consume";
  if (!is_ready) fprintf(stderr, "ready\n");
  is_ready = 1;

  while (!ended) {
    struct timeval wait = {0, 200000};
    amqp_envelope_t envelope;
    amqp_maybe_release_buffers(connection);
    reply = amqp_consume_message(connection, &envelope, &wait, 0);
    if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION && reply.library_error == AMQP_STATUS_TIMEOUT) continue;
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) return ended ? NULL : "go on: the connection is gone";
    printf("%.*s\n", (int)envelope.message.body.len, (char *)envelope.message.body.bytes);
    fflush(stdout);
    if (durable) amqp_basic_ack(connection, 1, envelope.delivery_tag, 0);
    amqp_destroy_envelope(&envelope);
  }
  amqp_connection_close(connection, AMQP_REPLY_SUCCESS);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 5 && argc != 6) {
    fprintf(stderr, "usage: subscribe HOST PORT EXCHANGE ROUTING_KEY [QUEUE]\n");
    return 2;
  }
  struct sigaction action = {.sa_handler = end};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  while (!ended) {
    amqp_connection_state_t connection = amqp_new_connection();
    const char *problem = subscribe(connection, argv);
    amqp_destroy_connection(connection);
    if (!problem) break;
    if (argc == 5) {
      fprintf(stderr, "subscribe: cannot %s\n", problem);
      return 1;
    }
    nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
  }
  return 0;
}
