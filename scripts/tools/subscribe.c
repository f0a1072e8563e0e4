// A subscriber like any other service: declares the (topic, durable) exchange, binds a queue of its own to an exchange and prints every message's body on a line,
// until it is told to end.
// usage: subscribe HOST PORT EXCHANGE ROUTING_KEY
// Prints "ready" on stderr once it is bound: what is published from then on arrives.
#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static volatile sig_atomic_t ended;
static void end(int number) {
  (void)number;
  ended = 1;
}

static void check(int fine, const char *what) {
  if (fine) return;
  fprintf(stderr, "subscribe: cannot %s\n", what);
  exit(1);
}

int main(int argc, char **argv) {
  if (argc != 5) {
    fprintf(stderr, "usage: subscribe HOST PORT EXCHANGE ROUTING_KEY\n");
    return 2;
  }
  struct sigaction action = {.sa_handler = end};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);

  amqp_connection_state_t connection = amqp_new_connection();
  amqp_socket_t *socket = amqp_tcp_socket_new(connection);
  check(socket && amqp_socket_open(socket, argv[1], atoi(argv[2])) == AMQP_STATUS_OK, "connect");
  amqp_rpc_reply_t reply = amqp_login(connection, "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest");
  check(reply.reply_type == AMQP_RESPONSE_NORMAL && amqp_channel_open(connection, 1) != NULL, "log in");
  amqp_queue_declare_ok_t *queue = amqp_queue_declare(connection, 1, amqp_empty_bytes, 0, 0, 1, 1, amqp_empty_table);
  check(queue != NULL, "declare a queue");
  amqp_bytes_t name = amqp_bytes_malloc_dup(queue->queue);
  amqp_bytes_t exchange = amqp_cstring_bytes(argv[3]), key = amqp_cstring_bytes(argv[4]);
  check(amqp_exchange_declare(connection, 1, exchange, amqp_cstring_bytes("topic"), 0, 1, 0, 0, amqp_empty_table) != NULL,
        "declare the exchange");
  check(amqp_queue_bind(connection, 1, name, exchange, key, amqp_empty_table) != NULL, "bind to the exchange");
  check(amqp_basic_consume(connection, 1, name, amqp_empty_bytes, 0, 1, 1, amqp_empty_table) != NULL, "consume");
  fprintf(stderr, "ready\n");

  while (!ended) {
    struct timeval wait = {0, 200000};
    amqp_envelope_t envelope;
    amqp_maybe_release_buffers(connection);
    reply = amqp_consume_message(connection, &envelope, &wait, 0);
    if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION && reply.library_error == AMQP_STATUS_TIMEOUT) continue;
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) {
      check(ended, "go on: the connection is gone");
      break;
    }
    printf("%.*s\n", (int)envelope.message.body.len, (char *)envelope.message.body.bytes);
    fflush(stdout);
    amqp_destroy_envelope(&envelope);
  }
  amqp_bytes_free(name);
  amqp_connection_close(connection, AMQP_REPLY_SUCCESS);
  amqp_destroy_connection(connection);
  return 0;
}
