package io.gpuscaling.adapter.apiserver;

/** The event that asks a connection to end what runs, take nothing new, and go. */
enum Drain {
  NOW
}
