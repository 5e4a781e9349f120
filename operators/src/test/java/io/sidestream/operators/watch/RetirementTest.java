package io.sidestream.operators.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sidestream.operators.combine.Tally.Erasure;
import io.sidestream.operators.combine.Tally.Stage;
import java.io.IOException;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class RetirementTest {

    private static final int BUCKETS = 10;

    @Test
    void isCompleteWhenEveryStageHasToldOfEveryBucket() {
        Retirement retirement = Retirement.NONE;
        for (Stage stage : Stage.values()) {
            assertThat(retirement.isComplete(BUCKETS)).isFalse();
            retirement = retirement.plus(new Erasure(stage, 0, BUCKETS - 1, 2));
            assertThat(retirement.isComplete(BUCKETS)).isFalse();
            retirement = retirement.plus(new Erasure(stage, 0, 1, 3));
        }

        assertThat(retirement.isComplete(BUCKETS)).isTrue();
        assertThat(retirement.progress(BUCKETS)).isEqualTo(1);
        assertThat(retirement.items()).as("entries of the index alone").isEqualTo(5);
    }

    @Test
    void isNotCompleteWhenOneStageHasToldForAnother() {
        Retirement retirement =
                Retirement.NONE
                        .plus(new Erasure(Stage.INDEX, 0, 2L * BUCKETS, 0))
                        .plus(new Erasure(Stage.PUBLISH, 0, BUCKETS, 0));

        assertThat(retirement.isComplete(BUCKETS)).isFalse();
    }

    @Test
    void countsBucketsAnewInEveryRunAndItemsInAll() {
        Retirement retirement =
                Retirement.NONE
                        .plus(new Erasure(Stage.INDEX, 3, 7, 40))
                        .plus(new Erasure(Stage.RESOLVE, 3, 5, 9))
                        .plus(new Erasure(Stage.INDEX, 8, 6, 2));

        assertThat(retirement.progress(BUCKETS)).isCloseTo(6 / 30.0, within(1e-12));
        assertThat(retirement.items()).isEqualTo(42);
        assertThat(retirement.plus(new Erasure(Stage.INDEX, 8, 1, 0)).progress(BUCKETS))
                .isCloseTo(7 / 30.0, within(1e-12));
    }

    @Test
    void staysDoneHoweverOftenItIsToldAgain() {
        Retirement done = Retirement.NONE.plus(new Erasure(Stage.INDEX, 3, 7, 40)).asDone();

        assertThat(done.done()).isTrue();
        assertThat(done.plus(new Erasure(Stage.PUBLISH, 9, 1, 0)).done()).isTrue();
    }

    @Test
    void changesNoneOfTheSumsThatItCameFrom() {
        Retirement before = Retirement.NONE.plus(new Erasure(Stage.INDEX, 0, 1, 1));
        before.plus(new Erasure(Stage.INDEX, 0, 1, 1));

        assertThat(before.progress(1)).isCloseTo(1 / 3.0, within(1e-12));
        assertThat(Retirement.NONE.progress(1)).isZero();
    }

    @Test
    void doesNotOverflowWithTheMostBucketsThatThereCanBe() {
        Retirement retirement = Retirement.NONE;
        for (Stage stage : Stage.values()) {
            retirement = retirement.plus(new Erasure(stage, 1, Integer.MAX_VALUE, 1));
        }

        assertThat(retirement.progress(Integer.MAX_VALUE)).isEqualTo(1);
        assertThat(retirement.isComplete(Integer.MAX_VALUE)).isTrue();
    }

    @Test
    void survivesInState() throws IOException {
        TypeSerializer<Retirement> serializer =
                Retirement.TYPE.createSerializer(new SerializerConfigImpl());
        Retirement retirement =
                new Retirement(7, new long[] {1, 300, Integer.MAX_VALUE}, Long.MAX_VALUE, true);
        DataOutputSerializer out = new DataOutputSerializer(64);
        serializer.serialize(retirement, out);
        DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());

        assertThat(serializer.deserialize(in)).usingRecursiveComparison().isEqualTo(retirement);
        assertThat(in.available()).isZero();
    }
}
