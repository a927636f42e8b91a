/* SPDX-License-Identifier: MIT
 * One request on a TCP connection of its own: the least that a client, a retrying proxy and a backend need to
 * storm each other. A request is the byte 'q', an answer the byte 'a'; everything else is a failure. */
#ifndef COHERENCE_LAB_CONNECTION_H
#define COHERENCE_LAB_CONNECTION_H

/* An address of IPv4 is one number here, three digits a part (198.18.0.1 is 198018000001), since these
 * programs take only numbers. Ends the program unless it is in 127.0.0.0/8 or 198.18.0.0/15, the range set
 * apart for tests between networks (RFC 2544): nothing else is ever asked. */
void connection_check(double packed);

/* Listens on all addresses of the network namespace. Ends the program when it cannot. Returns the socket. */
int connection_listen(double port);

/* Waits for a connection for at most timeout_s; returns it, or -1. */
int connection_accept(int listener, double timeout_s);

/* Asks and waits for the answer; 0, or -1 after a failure or when timeout_s is over. The connection is
 * closed. */
int connection_ask(double packed, double port, double timeout_s);

/* Reads the request within timeout_s; 0 or -1. */
int connection_read_request(int fd, double timeout_s);

/* Answers ('a') or, with is_good 0, resets the connection; closes fd. */
void connection_answer(int fd, int is_good);

#endif
