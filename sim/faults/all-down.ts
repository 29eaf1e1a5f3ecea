// All servers die at the same moment and start again at the same moment: the power failure of a whole room. What the pool
// knows afterwards is what its disks know.

import { faultKind, planOf } from './fault.ts';
import { describeLosses, letAllUp, losses, takeDown } from './outage.ts';

const schema = planOf('all-down', losses);

export const allDown = faultKind({
  kind: 'all-down',
  schema,
  begin(world, run, plan) {
    for (let server = 0; server < world.servers; server++) {
      run.hold(server);
      takeDown(world, run, server, plan);
    }
  },
  end(world, run) {
    letAllUp(world, run);
  },
  describe: (plan) => `crash of all servers at once, ${describeLosses(plan)}`,
});
