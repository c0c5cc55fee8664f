-- What is there already is not looked at again: reading all vectors would hold readers up for minutes.
ALTER TABLE "memory_vectors" ADD CONSTRAINT "memory_vectors_sound" CHECK (cardinality("memory_vectors"."vector") > 0 and array_position("memory_vectors"."vector", null) is null
        and array_position("memory_vectors"."vector", 'NaN') is null and array_position("memory_vectors"."vector", 'Infinity') is null
        and array_position("memory_vectors"."vector", '-Infinity') is null and array_remove("memory_vectors"."vector", 0) <> '{}') NOT VALID;
