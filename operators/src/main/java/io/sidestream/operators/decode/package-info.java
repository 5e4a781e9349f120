/** First stage: bytes from Kafka become an embedding, a deletion or a dead letter. */
package io.sidestream.operators.decode;
