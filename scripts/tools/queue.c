// Looks at a queue, or deletes it, for scripts.
// usage: queue HOST PORT count|consumers|dump|delete QUEUE
// "count" prints how many messages are ready, "consumers" how many consumers there are (0 when there is no such queue);
// "dump" prints for each message a line: its header x-reason (or "-"), a tab, its body; all of them stay in the queue.
// A deleted queue need not have existed.
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static amqp_bytes_t reason(const amqp_basic_properties_t *properties) {
  if (properties->_flags & AMQP_BASIC_HEADERS_FLAG)
    for (int i = 0; i < properties->headers.num_entries; i++) {
      amqp_table_entry_t *entry = &properties->headers.entries[i];
      if (entry->key.len == 8 && memcmp(entry->key.bytes, "x-reason", 8) == 0) return entry->value.value.bytes;
    }
  return amqp_cstring_bytes("-");
}

// Takes message by message without acknowledging any: with the connection they all go back.
static int dump(amqp_connection_state_t connection, amqp_bytes_t queue) {
  while (1) {
    amqp_rpc_reply_t reply = amqp_basic_get(connection, 1, queue, 0);
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) return 0;
    if (reply.reply.id == AMQP_BASIC_GET_EMPTY_METHOD) return 1;
    amqp_message_t message;
    if (amqp_read_message(connection, 1, &message, 0).reply_type != AMQP_RESPONSE_NORMAL) return 0;
    amqp_bytes_t why = reason(&message.properties);
    printf("%.*s\t", (int)why.len, (char *)why.bytes);
    fwrite(message.body.bytes, 1, message.body.len, stdout);
    putchar('\n');
    amqp_destroy_message(&message);
    amqp_maybe_release_buffers(connection);
  }
}

int main(int argc, char **argv) {
  if (argc != 5) {
    fprintf(stderr, "usage: queue HOST PORT count|consumers|dump|delete QUEUE\n");
    return 2;
  }
  amqp_connection_state_t connection = amqp_new_connection();
  amqp_socket_t *socket = amqp_tcp_socket_new(connection);
  if (!socket || amqp_socket_open(socket, argv[1], atoi(argv[2])) != AMQP_STATUS_OK) {
    fprintf(stderr, "queue: cannot connect to %s:%s\n", argv[1], argv[2]);
    return 1;
  }
  amqp_rpc_reply_t reply = amqp_login(connection, "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest");
  if (reply.reply_type != AMQP_RESPONSE_NORMAL || !amqp_channel_open(connection, 1)) {
    fprintf(stderr, "queue: the broker refuses the login\n");
    return 1;
  }
  amqp_bytes_t queue = amqp_cstring_bytes(argv[4]);
  if (strcmp(argv[3], "delete") == 0) {
    if (!amqp_queue_delete(connection, 1, queue, 0, 0)) {
      fprintf(stderr, "queue: cannot delete %s\n", argv[4]);
      return 1;
    }
  } else if (strcmp(argv[3], "dump") == 0) {
    if (!dump(connection, queue)) {
      fprintf(stderr, "queue: cannot read %s\n", argv[4]);
      return 1;
    }
  } else {
    amqp_queue_declare_ok_t *declared = amqp_queue_declare(connection, 1, queue, 1, 0, 0, 0, amqp_empty_table);
    unsigned messages = declared ? declared->message_count : 0, consumers = declared ? declared->consumer_count : 0;
    printf("%u\n", strcmp(argv[3], "consumers") == 0 ? consumers : messages);
  }
  amqp_connection_close(connection, AMQP_REPLY_SUCCESS);
  amqp_destroy_connection(connection);
  return 0;
}
