package dev.klamm.broker.net;

import dev.klamm.broker.api.Answer;
import dev.klamm.broker.api.ApiTable;
import dev.klamm.broker.api.RequestContext;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client. Its <em>reading thread</em> reads a request, does it, and sends the answer, then the next. An answer that has
 * to wait (for the disk) it hands to the <em>answering thread</em> and goes on; while that one has anything to send, all
 * answers go through it, so they leave in the order of the requests. Most connections never need it, so it is started when
 * they do. Both are virtual threads.
 *
 * <p>The connection ends when the client closes it or sends what can't be answered: then the answers that are due are still
 * sent. It ends at once when the socket fails or a handler has a bug.
 */
final class Connection {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    /** Answers that are ready one after the other leave in one write, up to so much. */
    private static final int COALESCED_BYTES = 64 * 1024;

    private final SocketChannel channel;
    private final ApiTable apis;
    private final Request.Origin origin;
    private final PeerClock clock = new PeerClock();
    private final AnswerQueue answers = new AnswerQueue();
    private final FrameReader reader;
    private final FrameWriter writer;
    private final Thread reading;
    private Runnable atEnd = () -> {};
    private volatile @Nullable Thread answering;

    /** What the reading thread is doing, for the log. */
    private @Nullable RequestContext current;

    Connection(SocketChannel channel, ApiTable apis, Request.Origin origin, RequestMemory memory, int maxRequestBytes) {
        this.channel = channel;
        this.apis = apis;
        this.origin = origin;
        this.reader = new FrameReader(channel, clock, memory, maxRequestBytes);
        this.writer = new FrameWriter(channel, clock);
        this.reading = Thread.ofVirtual().name("reading " + origin.peer()).unstarted(this::readAll);
    }

    InetSocketAddress peer() {
        return origin.peer();
    }

    /** What the client has failed to do in time. */
    PeerClock.Overdue overdue(long nowNanos, long idleNanos) {
        return clock.overdue(nowNanos, idleNanos, answers.isIdle());
    }

    /** @param atEnd runs on the reading thread when it ends, whatever happens */
    void start(Runnable atEnd) {
        this.atEnd = atEnd;
        reading.start();
    }

    private void readAll() {
        try {
            serveAll();
            answers.awaitIdle();
        } catch (Throwable failure) {
            report(failure, current);
        } finally {
            close();
            atEnd.run();
        }
    }

    private void serveAll() throws IOException, InterruptedException {
        try {
            for (ByteBuffer frame = reader.next(); frame != null; frame = reader.next()) {
                serve(Request.parse(frame, apis, origin));
                reader.release();
            }
        } catch (BadRequestException refused) {
            LOG.warn("Closed the connection of {}: {}", peer(), refused.getMessage());
        } catch (EOFException unfinished) {
            LOG.info("The connection of {} was {}", peer(), unfinished.getMessage());
        } finally {
            reader.release();
        }
    }

    private void serve(Request request) throws IOException, InterruptedException {
        RequestContext context = request.context();
        current = context;
        switch (apis.handle(request.body(), context)) {
            case Answer.Now now -> answer(new ResponseFrame(context, now.response()));
            case Answer.Later later -> queue(new AnswerQueue.Waiting(context, later.pending()));
            case Answer.None _ -> {}
            case Answer.Close close -> throw new BadRequestException(close.reason());
        }
        current = null;
    }

    private void answer(ResponseFrame frame) throws IOException, InterruptedException {
        if (answers.isIdle()) {
            writer.write(List.of(frame));
        } else {
            queue(new AnswerQueue.Ready(frame));
        }
    }

    private void queue(AnswerQueue.Entry entry) throws IOException, InterruptedException {
        answers.add(entry);
        if (answering == null) {
            answering = Thread.ofVirtual().name("answering " + peer()).start(this::answerAll);
        }
    }

    private void answerAll() {
        List<ResponseFrame> frames = new ArrayList<>();
        try {
            for (AnswerQueue.Entry entry = answers.take(); entry != null; entry = answers.take()) {
                frames.add(awaited(entry));
                answers.takeReady(frames, COALESCED_BYTES);
                writer.write(frames);
                frames.clear();
            }
        } catch (Throwable failure) {
            report(failure, null);
        } finally {
            close();
        }
    }

    private static ResponseFrame awaited(AnswerQueue.Entry entry) throws InterruptedException {
        return switch (entry) {
            case AnswerQueue.Ready(ResponseFrame frame) -> frame;
            case AnswerQueue.Waiting(RequestContext context, Answer.Pending pending) ->
                new ResponseFrame(context, pending.await());
        };
    }

    private void report(Throwable failure, @Nullable RequestContext context) {
        switch (failure) {
            case InterruptedException _ -> LOG.debug("Closing the connection of {}: the broker stops", peer());
            case IOException gone -> LOG.debug("The connection of {} ended: {}", peer(), gone.toString());
            default ->
                LOG.error(
                        "Closed the connection of {} because of a bug in Klamm, while doing {}",
                        peer(),
                        context == null ? "its answers" : context.apiKey() + " version " + context.apiVersion(),
                        failure);
        }
    }

    /** Takes no more requests; those that have come in are still answered. */
    void finish() throws IOException {
        channel.shutdownInput();
    }

    /** Ends the connection at once. A handler that is running is not disturbed; its answer goes nowhere. */
    void close() {
        answers.close();
        try {
            channel.close();
        } catch (IOException failure) {
            LOG.debug("Closing the connection of {}: {}", peer(), failure.toString());
        }
    }

    /**
     * Ends the connection, and the waiting of its handler. Not for use while the broker lives on: an interrupt closes
     * the file that the thread happens to read.
     */
    void interrupt() {
        close();
        reading.interrupt();
        Thread thread = answering;
        if (thread != null) {
            thread.interrupt();
        }
    }
}
