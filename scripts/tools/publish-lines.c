// Publishes every line of standard input as a persistent message, and ends well only when the broker has confirmed all.
// usage: publish-lines HOST PORT EXCHANGE ROUTING_KEY <messages
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(int fine, const char *what) {
  if (fine) return;
  fprintf(stderr, "publish-lines: cannot %s\n", what);
  exit(1);
}

// Messages are numbered from 1 on; confirms come in any order, one by one or for all up to a number.
static char *is_confirmed;
static unsigned long sent, confirmed;

static void confirm(unsigned long number) {
  confirmed += !is_confirmed[number];
  is_confirmed[number] = 1;
}

static void wait_for_confirm(amqp_connection_state_t connection) {
  static unsigned long all_before = 1;  // every lower number is confirmed
  amqp_frame_t frame;
  struct timeval wait = {30, 0};
  do {
    check(amqp_simple_wait_frame_noblock(connection, &frame, &wait) == AMQP_STATUS_OK, "get a confirm");
  } while (frame.frame_type != AMQP_FRAME_METHOD);
  check(frame.payload.method.id == AMQP_BASIC_ACK_METHOD, "publish: the broker refused a message");
  amqp_basic_ack_t *ack = frame.payload.method.decoded;
  if (ack->multiple)
    while (all_before <= ack->delivery_tag) confirm(all_before++);
  else
    confirm(ack->delivery_tag);
}

int main(int argc, char **argv) {
  if (argc != 5) {
    fprintf(stderr, "usage: publish-lines HOST PORT EXCHANGE ROUTING_KEY <messages\n");
    return 2;
  }
  amqp_connection_state_t connection = amqp_new_connection();
  amqp_socket_t *socket = amqp_tcp_socket_new(connection);
  check(socket && amqp_socket_open(socket, argv[1], atoi(argv[2])) == AMQP_STATUS_OK, "connect");
  amqp_rpc_reply_t reply = amqp_login(connection, "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest");
  check(reply.reply_type == AMQP_RESPONSE_NORMAL && amqp_channel_open(connection, 1) != NULL, "log in");
  check(amqp_confirm_select(connection, 1) != NULL, "turn confirms on");
  amqp_basic_properties_t properties = {
      ._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_CONTENT_TYPE_FLAG,
      .delivery_mode = AMQP_DELIVERY_PERSISTENT,
      .content_type = amqp_cstring_bytes("application/json"),
  };
  amqp_bytes_t exchange = amqp_cstring_bytes(argv[3]), key = amqp_cstring_bytes(argv[4]);

  char *line = NULL;
  size_t capacity = 0;
  ssize_t length;
  while ((length = getline(&line, &capacity, stdin)) > 0) {
    if (line[length - 1] == '\n') length--;
    amqp_bytes_t body = {(size_t)length, line};
    check(amqp_basic_publish(connection, 1, exchange, key, 1, 0, &properties, body) == AMQP_STATUS_OK, "publish");
    is_confirmed = realloc(is_confirmed, ++sent + 1);
    check(is_confirmed != NULL, "get memory");
    is_confirmed[sent] = 0;
    while (sent - confirmed > 1000) wait_for_confirm(connection);
  }
  while (confirmed < sent) wait_for_confirm(connection);
  free(line);
  free(is_confirmed);
  amqp_connection_close(connection, AMQP_REPLY_SUCCESS);
  amqp_destroy_connection(connection);
  printf("%lu\n", sent);
  return 0;
}
