/** What etcdctl prints, without what differs between two clusters, or from run to run. */
export function mask(text: string): string {
  return (
    text
      // Client's own log, repeated with the error that follows it.
      .replace(/^\{"level":"warn".*\n/gm, '')
      .replace(/\b127\.0\.0\.1:\d+/g, 'ENDPOINT')
      .replace(/took (= )?[\d.µnms]+/g, 'took $1T')
      .replace(/"(cluster_id|member_id|ID|leader|Leader|hash|id)":\d+/g, '"$1":N')
      .replace(/"(ClusterID|MemberID|Leader|ID|Hash)" ?: ?\d+/g, '"$1":N')
      .replace(/"(raft_term|raftIndex|raftTerm|raftAppliedIndex|dbSize|dbSizeInUse)":\d+/g, '"$1":N')
      .replace(/"(RaftTerm|RaftIndex|RaftAppliedIndex|DBSize|DBSizeInUse|DBSizeQuota|Revision)" ?: ?\d+/g, '"$1":N')
      .replace(/"version":"[\d.]+"/g, '"version":"V"')
      .replace(/"Version" ?: ?"[\d.]+"/g, '"Version":"V"')
      // A hash of 32 bits has up to ten digits: before the ids, of which it may have the length.
      .replace(/^((?:\| *)?ENDPOINT(?:,| *\|) *)\d{1,10}(?= *\|?$)/gm, '$1N')
      // Drawn of 64 bits and printed without leading zeros: one in sixteen is shorter by a digit, and so on.
      .replace(/\b[0-9a-f]{9,16}\b/g, 'ID')
      .replace(/\bone(-too)?\b/g, 'NAME')
      .replace(/remaining\(\d+s\)/g, 'remaining(R)')
      .replace(/"ttl":\d+/g, '"ttl":T')
      .replace(/^(ENDPOINT, ).*$/gm, (line) => line.replace(/\b\d[\d.]*( [kMG]?B)?\b/g, 'N'))
      .replace(/^[|+].*$/gm, (line) =>
        line
          .replace(/\b\d[\d.]*( [kMG]?B)?\b/g, 'N')
          .replace(/ +/g, ' ')
          .replace(/-+/g, '-'),
      )
  );
}
