package dev.klamm.broker.coordinator;

/** An answer to a request that may have waited for long. */
public record Reply<R>(Call<R> call, R response) {

    public void deliver() {
        call.answer(response);
    }
}
