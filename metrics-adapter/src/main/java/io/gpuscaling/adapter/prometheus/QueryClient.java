package io.gpuscaling.adapter.prometheus;

/** Asks once. Blocks, with a deadline of its own. */
interface QueryClient extends AutoCloseable {

  /** The result of a text as of now; never throws for what comes or does not come. */
  QueryAnswer ask(GrantedQuery query);

  @Override
  void close();
}
