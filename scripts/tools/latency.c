// Measures, on one clock, how long a threshold message takes: from the publish of the usage that crosses the threshold to
// the subscriber's receipt.
// usage: latency HOST PORT EXCHANGE RATE CROSSINGS WARM_UP_SECONDS
// Publishes RATE messages a second for the companies latency-0, latency-1, …, of which each crosses its threshold (of 1,000,000
// orders, one level) once, ten in a second. Prints the microseconds of each crossing on a line.
#define _GNU_SOURCE  // memmem
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { CROSSINGS_A_SECOND = 10, PATIENCE = 10 };

typedef struct {
  long long sent, received;  // nanoseconds; 0: not yet
} Crossing;

static char **arguments;
static Crossing *crossings;
static long count;
// The two threads share nothing else that changes.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void check(int fine, const char *what) {
  if (fine) return;
  fprintf(stderr, "latency: cannot %s\n", what);
  exit(1);
}

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static amqp_connection_state_t connect_broker(void) {
  amqp_connection_state_t connection = amqp_new_connection();
  amqp_socket_t *socket = amqp_tcp_socket_new(connection);
  check(socket && amqp_socket_open(socket, arguments[1], atoi(arguments[2])) == AMQP_STATUS_OK, "connect");
  amqp_rpc_reply_t reply = amqp_login(connection, "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest");
  check(reply.reply_type == AMQP_RESPONSE_NORMAL && amqp_channel_open(connection, 1) != NULL, "log in");
  return connection;
}

static void note(amqp_bytes_t body, long long time) {
  static const char mark[] = "\"companyId\":\"latency-";
  char *place = memmem(body.bytes, body.len, mark, sizeof mark - 1);
  check(place != NULL, "read a threshold message");
  long company = strtol(place + sizeof mark - 1, NULL, 10);
  check(company >= 0 && company < count, "know the company");
  pthread_mutex_lock(&lock);
  if (!crossings[company].received) crossings[company].received = time;
  pthread_mutex_unlock(&lock);
}

static void *receive(void *argument) {
  amqp_connection_state_t connection = argument;
  while (1) {
    amqp_envelope_t envelope;
    amqp_maybe_release_buffers(connection);
    amqp_rpc_reply_t reply = amqp_consume_message(connection, &envelope, NULL, 0);
    check(reply.reply_type == AMQP_RESPONSE_NORMAL, "receive");
    note(envelope.message.body, now());
    amqp_destroy_envelope(&envelope);
  }
  return NULL;
}

static amqp_connection_state_t subscribe(void) {
  amqp_connection_state_t connection = connect_broker();
  amqp_queue_declare_ok_t *queue = amqp_queue_declare(connection, 1, amqp_empty_bytes, 0, 0, 1, 1, amqp_empty_table);
  check(queue != NULL, "declare a queue");
  amqp_bytes_t name = amqp_bytes_malloc_dup(queue->queue);
  check(amqp_queue_bind(connection, 1, name, amqp_cstring_bytes(arguments[3]),
                        amqp_cstring_bytes("billing.threshold_exceeded"), amqp_empty_table) != NULL,
        "bind");
  check(amqp_basic_consume(connection, 1, name, amqp_empty_bytes, 0, 1, 1, amqp_empty_table) != NULL, "consume");
  amqp_bytes_free(name);
  return connection;
}

static void publish(amqp_connection_state_t connection, long number, long company, int quantity) {
  char timestamp[32], text[256];
  time_t seconds = time(NULL);
  strftime(timestamp, sizeof timestamp, "%Y-%m-%dT%H:%M:%SZ", gmtime(&seconds));
  int length = snprintf(text, sizeof text,
                        "{\"usageId\":\"latency-%ld\",\"companyId\":\"latency-%ld\",\"metric\":\"order\","
                        "\"quantity\":%d,\"timestamp\":\"%s\"}",
                        number, company, quantity, timestamp);
  amqp_basic_properties_t properties = {._flags = AMQP_BASIC_DELIVERY_MODE_FLAG,
                                        .delivery_mode = AMQP_DELIVERY_PERSISTENT};
  amqp_bytes_t body = {(size_t)length, text};
  check(amqp_basic_publish(connection, 1, amqp_cstring_bytes(arguments[3]), amqp_cstring_bytes("usage.recorded"), 0, 0,
                           &properties, body) == AMQP_STATUS_OK,
        "publish");
}

static int all_received(void) {
  pthread_mutex_lock(&lock);
  int all = 1;
  for (long i = 0; i < count; i++) all &= crossings[i].received != 0;
  pthread_mutex_unlock(&lock);
  return all;
}

int main(int argc, char **argv) {
  if (argc != 7) {
    fprintf(stderr, "usage: latency HOST PORT EXCHANGE RATE CROSSINGS WARM_UP_SECONDS\n");
    return 2;
  }
  arguments = argv;
  long rate = atol(argv[4]), warm_up = rate * atol(argv[6]);
  count = atol(argv[5]);
  check(rate >= CROSSINGS_A_SECOND && count > 0, "measure that");
  crossings = calloc((size_t)count, sizeof *crossings);
  check(crossings != NULL, "get memory");
  pthread_t subscriber;
  check(pthread_create(&subscriber, NULL, receive, subscribe()) == 0, "start a thread");

  amqp_connection_state_t publisher = connect_broker();
  long interval = rate / CROSSINGS_A_SECOND, crossed = 0;
  long long start = now();
  for (long number = 0; crossed < count; number++) {
    long long due = start + number * (1000000000LL / rate), wait = due - now();
    if (wait > 0) nanosleep(&(struct timespec){wait / 1000000000LL, wait % 1000000000LL}, NULL);
    int crosses = number >= warm_up && number % interval == 0;
    if (crosses) {
      pthread_mutex_lock(&lock);
      crossings[crossed].sent = now();
      pthread_mutex_unlock(&lock);
    }
    publish(publisher, number, crosses ? crossed : number % count, crosses ? 1000000 : 1);
    crossed += crosses;
  }
  for (long long end = now() + PATIENCE * 1000000000LL; !all_received() && now() < end;) usleep(1000);
  check(all_received(), "see every threshold message");
  for (long i = 0; i < count; i++) printf("%lld\n", (crossings[i].received - crossings[i].sent) / 1000);
  return 0;
}
