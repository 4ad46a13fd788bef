create function private.erfc(x double precision)
  returns double precision
  language plpgsql immutable strict parallel safe set search_path = ''
as $$
declare
  v_t double precision := 1 / (1 + 0.5 * abs(erfc.x));
  v_result double precision;
begin
  -- Chebyshev fit of Numerical Recipes, relative error below 1.2e-7; Postgres has its own only from 16 on.
  if abs(erfc.x) > 26 then
    return case when erfc.x > 0 then 0 else 2 end;
  end if;
  v_result := v_t * exp(
    -erfc.x * erfc.x - 1.26551223 + v_t * (1.00002368 + v_t * (0.37409196 + v_t * (0.09678418
    + v_t * (-0.18628806 + v_t * (0.27886807 + v_t * (-1.13520398 + v_t * (1.48851587
    + v_t * (-0.82215223 + v_t * 0.17087277))))))))
  );
  return case when erfc.x >= 0 then v_result else 2 - v_result end;
end;
$$;
comment on function private.erfc(double precision) is 'The complementary error function, to seven digits.';

create function private.chi_square_p_value(statistic double precision, degrees int)
  returns double precision
  language plpgsql immutable strict parallel safe set search_path = ''
as $$
declare
  v_half double precision := chi_square_p_value.statistic / 2;
  v_shape double precision;
  v_term double precision;
  v_result double precision;
begin
  if chi_square_p_value.degrees < 1 then
    return null;
  end if;
  -- Beyond this exp() underflows, which Postgres takes for an error.
  if v_half > 700 then
    return 0;
  end if;
  if chi_square_p_value.degrees % 2 = 0 then
    v_shape := 1;
    v_result := exp(-v_half);
    v_term := v_half * exp(-v_half);
  else
    v_shape := 0.5;
    v_result := private.erfc(sqrt(v_half));
    v_term := sqrt(v_half) * exp(-v_half) / 0.886226925452758;
  end if;
  -- Q(a + 1, x) = Q(a, x) + x^a e^-x / gamma(a + 1)
  while v_shape < chi_square_p_value.degrees / 2.0 loop
    v_result := v_result + v_term;
    v_shape := v_shape + 1;
    v_term := v_term * v_half / v_shape;
  end loop;
  return least(v_result, 1);
end;
$$;
comment on function private.chi_square_p_value(double precision, int) is
  'How often chance alone gives a chi-square statistic at least this large.';

create function private.proportions_p_value(converted bigint, exposed bigint, other_converted bigint, other_exposed bigint)
  returns double precision
  language sql immutable strict parallel safe set search_path = ''
as $$
  select private.erfc(
    abs(rates.rate - rates.other_rate)
    / nullif(sqrt(rates.pooled * (1 - rates.pooled) * (1.0 / nullif(exposed, 0) + 1.0 / nullif(other_exposed, 0))), 0)
    / sqrt(2)
  )
  from (
    select
      converted::double precision / nullif(exposed, 0) as rate,
      other_converted::double precision / nullif(other_exposed, 0) as other_rate,
      (converted + other_converted)::double precision / nullif(exposed + other_exposed, 0) as pooled
  ) as rates
$$;
comment on function private.proportions_p_value(bigint, bigint, bigint, bigint) is
  'How often chance alone makes two shares differ this much (two-sided z test); null when nothing can be said.';
