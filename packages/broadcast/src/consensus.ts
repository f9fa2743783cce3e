/**
 * Uniform consensus (UC1–UC4; Cachin, Guerraoui, Rodrigues, §5.2), as an interface: nodes propose values, and all that
 * decide decide the same one of them. Whatever algorithm is behind it, a layer above takes it for another.
 *
 * What a core behind it promises: every correct node decides, where every correct node proposes (termination); what is
 * decided was proposed (validity); no node decides twice (integrity); no two nodes decide differently, even if one of
 * them crashes (uniform agreement). A node that has not proposed may decide too.
 */
export interface ConsensusRequest<V> {
  readonly kind: 'propose';
  readonly value: V;
}

export interface ConsensusIndication<V> {
  readonly kind: 'decide';
  readonly value: V;
}
