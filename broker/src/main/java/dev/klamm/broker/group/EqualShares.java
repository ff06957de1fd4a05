package dev.klamm.broker.group;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;

/**
 * {@link Assignor#UNIFORM} for members that are all subscribed to the same topics: everybody gets the same number of partitions,
 * and some get one more.
 */
final class EqualShares {
    private record Partition(Uuid topic, int index) {}

    /** A member that is to get more. */
    private record Room(int member, int size) {}

    private final Assignees members;
    private final AssignmentDraft assignment;
    private final List<Partition> free = new ArrayList<>();
    private final List<Room> rooms = new ArrayList<>();

    private EqualShares(Assignees members) {
        this.members = members;
        this.assignment = new AssignmentDraft(members.ids());
    }

    static AssignmentDraft of(Assignees members) {
        var shares = new EqualShares(members);
        if (members.count() > 0) {
            shares.keepWhatFits();
            shares.giveWhatIsFree();
        }
        return shares.assignment;
    }

    /**
     * A member that has its share and no more gives a larger one up, unless those that come after it are too few to take
     * all larger ones.
     */
    private void keepWhatFits() {
        List<List<Partition>> present = present();
        int largerOnes = members.partitionCount() % members.count();
        for (int member = 0; member < members.count(); member++) {
            int share = members.partitionCount() / members.count() + (largerOnes > 0 ? 1 : 0);
            boolean isLarger = largerOnes > 0;
            int room = share - keep(member, present.get(member), share);
            if (isLarger && room > 0 && members.count() - member > largerOnes) {
                isLarger = false;
                room--;
            }
            if (isLarger) {
                largerOnes--;
            }
            if (room > 0) {
                rooms.add(new Room(member, room));
            }
        }
    }

    /** What each member has; what nobody has is free. */
    private List<List<Partition>> present() {
        var present = new ArrayList<List<Partition>>();
        members.ids().forEach(_ -> present.add(new ArrayList<>()));
        for (Map.Entry<Uuid, int[]> topic : members.owners().entrySet()) {
            int[] owners = topic.getValue();
            for (int i = 0; i < owners.length; i++) {
                (owners[i] == Assignees.NOBODY ? free : present.get(owners[i])).add(new Partition(topic.getKey(), i));
            }
        }
        return present;
    }

    /** Returns how many it keeps, which is no more than its share; the rest becomes free. */
    private int keep(int member, List<Partition> present, int share) {
        int kept = Math.min(share, present.size());
        present.subList(0, kept)
                .forEach(partition -> assignment.give(members.id(member), partition.topic(), partition.index()));
        free.addAll(present.subList(kept, present.size()));
        return kept;
    }

    private void giveWhatIsFree() {
        int next = 0;
        for (Room room : rooms) {
            for (int i = 0; i < room.size() && next < free.size(); i++, next++) {
                Partition partition = free.get(next);
                assignment.give(members.id(room.member()), partition.topic(), partition.index());
            }
        }
    }
}
