create type private.experiment_state as enum ('draft', 'running', 'ended');
comment on type private.experiment_state is $$Where an experiment stands.

A draft shows nothing, a running one enrols and counts, an ended one gives everybody the winner.$$;
