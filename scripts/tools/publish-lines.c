// Publishes every line of standard input as a persistent message, and ends well only when the broker has confirmed all.
// When the connection breaks it connects anew, for up to two minutes, and publishes again what was not confirmed: nothing
// is lost, something may come twice.
// usage: publish-lines HOST PORT EXCHANGE ROUTING_KEY <messages
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WINDOW = 1000, PATIENCE = 120 };

typedef struct {
  char *text;  // NULL: confirmed
  size_t length;
} Line;

static char **arguments;
static amqp_connection_state_t connection;
// By the number that a message has on this connection, counted from 1 on; every number below `oldest` is confirmed.
static Line window[WINDOW];
static unsigned long oldest = 1, next = 1;

static void give_up(const char *what) {
  fprintf(stderr, "publish-lines: cannot %s\n", what);
  exit(1);
}

static void disconnect(void) {
  if (connection) amqp_destroy_connection(connection);
  connection = NULL;
}

static int connect_once(void) {
  connection = amqp_new_connection();
  amqp_socket_t *socket = amqp_tcp_socket_new(connection);
  if (!socket || amqp_socket_open(socket, arguments[1], atoi(arguments[2])) != AMQP_STATUS_OK) return 0;
  amqp_rpc_reply_t reply = amqp_login(connection, "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest");
  return reply.reply_type == AMQP_RESPONSE_NORMAL && amqp_channel_open(connection, 1) &&
         amqp_confirm_select(connection, 1);
}

static int publish(Line line) {
  amqp_basic_properties_t properties = {
      ._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_CONTENT_TYPE_FLAG,
      .delivery_mode = AMQP_DELIVERY_PERSISTENT,
      .content_type = amqp_cstring_bytes("application/json"),
  };
  amqp_bytes_t exchange = amqp_cstring_bytes(arguments[3]), key = amqp_cstring_bytes(arguments[4]);
  window[next++ % WINDOW] = line;
  amqp_bytes_t body = {line.length, line.text};
  return amqp_basic_publish(connection, 1, exchange, key, 1, 0, &properties, body) == AMQP_STATUS_OK;
}

static void confirm(unsigned long number) {
  Line *line = &window[number % WINDOW];
  free(line->text);
  line->text = NULL;
  while (oldest < next && !window[oldest % WINDOW].text) oldest++;
}

// Takes in one confirm; 0 when the connection is of no use any more.
static int wait_for_confirm(void) {
  amqp_frame_t frame;
  struct timeval wait = {30, 0};
  do {
    if (amqp_simple_wait_frame_noblock(connection, &frame, &wait) != AMQP_STATUS_OK) return 0;
  } while (frame.frame_type != AMQP_FRAME_METHOD);
  if (frame.payload.method.id == AMQP_BASIC_RETURN_METHOD) give_up("publish: no queue takes the messages");
  if (frame.payload.method.id != AMQP_BASIC_ACK_METHOD) return 0;
  amqp_basic_ack_t *ack = frame.payload.method.decoded;
  unsigned long first = ack->multiple ? oldest : ack->delivery_tag;
  for (unsigned long number = first; number <= ack->delivery_tag; number++)
    if (window[number % WINDOW].text) confirm(number);
  amqp_maybe_release_buffers(connection);
  return 1;
}

// A new connection, on which everything unconfirmed is published again, in order.
static void reconnect(void) {
  time_t end = time(NULL) + PATIENCE;
  while (1) {
    Line left[WINDOW];
    size_t count = 0;
    for (; oldest < next; oldest++)
      if (window[oldest % WINDOW].text) left[count++] = window[oldest % WINDOW];
    memset(window, 0, sizeof window);
    oldest = next = 1;
    disconnect();
    int fine = connect_once();
    for (size_t i = 0; i < count; i++)
      if (fine)
        fine = publish(left[i]);
      else
        window[next++ % WINDOW] = left[i];
    if (fine) return;
    if (time(NULL) > end) give_up("connect");
    nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
  }
}

int main(int argc, char **argv) {
  if (argc != 5) {
    fprintf(stderr, "usage: publish-lines HOST PORT EXCHANGE ROUTING_KEY <messages\n");
    return 2;
  }
  arguments = argv;
  if (!connect_once()) give_up("connect");
  unsigned long sent = 0;
  char *text = NULL;
  size_t capacity = 0;
  ssize_t length;
  while ((length = getline(&text, &capacity, stdin)) > 0) {
    if (text[length - 1] == '\n') length--;
    while (next - oldest >= WINDOW - 1)
      if (!wait_for_confirm()) reconnect();
    if (!publish((Line){text, (size_t)length})) reconnect();
    sent++;
    text = NULL;  // the window has it
    capacity = 0;
  }
  while (oldest < next)
    if (!wait_for_confirm()) reconnect();
  free(text);
  amqp_connection_close(connection, AMQP_REPLY_SUCCESS);
  disconnect();
  printf("%lu\n", sent);
  return 0;
}
