package io.sidestream.operators;

import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;

/** The state backends that tests of keyed stages run on. */
public enum TestingBackend {
    HASHMAP {
        @Override
        public StateBackend create() {
            return new HashMapStateBackend();
        }
    },
    ROCKSDB {
        @Override
        public StateBackend create() {
            return new EmbeddedRocksDBStateBackend();
        }
    };

    public abstract StateBackend create();
}
