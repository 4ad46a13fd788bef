-- Built-in templates. One text for both languages, with the words in double brackets.
do $rows$
declare
  v_head constant text := $liquid$<h1>{{ title }}</h1>
{% if subtitle %}<p class="muted">{{ subtitle }}</p>{% endif %}
<dl>
{% if reference %}<dt>[[reference]]</dt><dd>{{ reference }}</dd>{% endif %}
{% if period_from and period_to %}<dt>[[period]]</dt><dd>{{ period_from | date }} – {{ period_to | date }}</dd>{% endif %}
<dt>[[made]]</dt><dd>{{ generated_at | date }}</dd>
</dl>
{% if summary.size > 0 %}<section class="box keep"><dl>
{% for fact in summary %}<dt>{{ fact.label }}</dt><dd><strong>{{ fact.value }}</strong></dd>{% endfor %}
</dl></section>{% endif %}
{% for section in sections %}<h2>{{ section.heading }}</h2>
{% for paragraph in section.paragraphs %}<p class="lines">{{ paragraph }}</p>{% endfor %}
{% if section.columns.size > 0 %}<table>
<thead><tr>{% for column in section.columns %}<th{% if column.is_number %} class="right"{% endif %}>{{ column.label }}</th>{% endfor %}</tr></thead>
<tbody>{% for row in section.rows %}<tr>{% for cell in row %}<td{% if section.columns[forloop.index0].is_number %} class="right"{% endif %}>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</tbody>
</table>{% endif %}
{% endfor %}
$liquid$;
  v_compliance constant text := v_head || $liquid${% if vendors.size > 0 %}<h2>[[vendors]]</h2>
<table>
<thead><tr><th width="28%">[[vendor]]</th><th width="20%">[[requirement]]</th><th width="14%">[[due]]</th><th width="14%">[[status]]</th><th width="24%">[[note]]</th></tr></thead>
<tbody>{% for vendor in vendors %}<tr>
<td>{{ vendor.name }}{% if vendor.reference %}<br><small class="muted">{{ vendor.reference }}</small>{% endif %}</td>
<td>{{ vendor.requirement }}</td>
<td>{% if vendor.due_on %}{{ vendor.due_on | date: 'medium' }}{% endif %}</td>
<td><span{% if vendor.tone %} class="{{ vendor.tone }}"{% endif %}>{{ vendor.status }}</span></td>
<td>{{ vendor.note }}</td>
</tr>{% endfor %}</tbody>
</table>{% endif %}
$liquid$;
  v_campaign constant text := v_head || $liquid${% if recipients.size > 0 %}<h2>[[recipients]]</h2>
<table>
<thead><tr><th width="38%">[[recipient]]</th><th width="18%">[[channel]]</th><th width="18%">[[status]]</th><th width="26%">[[last]]</th></tr></thead>
<tbody>{% for recipient in recipients %}<tr>
<td>{{ recipient.name }}</td>
<td>{{ recipient.channel }}</td>
<td><span{% if recipient.tone %} class="{{ recipient.tone }}"{% endif %}>{{ recipient.status }}</span></td>
<td>{% if recipient.last_event_at %}{{ recipient.last_event_at | date_time }}{% endif %}</td>
</tr>{% endfor %}</tbody>
</table>{% endif %}
$liquid$;
  v_letter constant text := $liquid$<p class="right">{% if place %}{{ place }}, {% endif %}{{ date | date }}</p>
<p class="lines">{{ recipient.name }}
{% if recipient.address %}{{ recipient.address }}{% endif %}</p>
{% if reference %}<p class="muted">[[our_reference]] {{ reference }}</p>{% endif %}
<h2>{{ subject }}</h2>
{% if salutation %}<p>{{ salutation }}</p>{% endif %}
{% for paragraph in paragraphs %}<p class="lines">{{ paragraph }}</p>{% endfor %}
{% if facts.size > 0 %}<section class="box keep"><dl>
{% for fact in facts %}<dt>{{ fact.label }}</dt><dd><strong>{{ fact.value }}</strong></dd>{% endfor %}
</dl></section>{% endif %}
{% if closing %}<p>{{ closing }}</p>{% endif %}
{% for signatory in signatories %}<section class="keep"><p><br><br><strong>{{ signatory.name }}</strong>{% if signatory.title %}<br><small class="muted">{{ signatory.title }}</small>{% endif %}</p></section>{% endfor %}
$liquid$;
  v_words constant jsonb := '{
    "en": {
      "reference": "Reference", "period": "Period", "made": "Made on", "vendors": "Vendors", "vendor": "Vendor",
      "requirement": "Requirement", "due": "Due", "status": "Status", "note": "Note", "recipients": "Recipients",
      "recipient": "Recipient", "channel": "Channel", "last": "Last event", "our_reference": "Our reference:"
    },
    "fr": {
      "reference": "Référence", "period": "Période", "made": "Établi le", "vendors": "Fournisseurs",
      "vendor": "Fournisseur", "requirement": "Exigence", "due": "Échéance", "status": "Statut", "note": "Remarque",
      "recipients": "Destinataires", "recipient": "Destinataire", "channel": "Canal", "last": "Dernier événement",
      "our_reference": "Notre référence :"
    }
  }';
  v_listed record;
  v_word record;
  v_body text;
  v_template_id uuid;
begin
  for v_listed in
    select locales.locale, kinds.*
    from (values ('en'), ('fr')) as locales (locale)
    cross join (
      values
        ('compliance_report', 'Compliance report', '{{ title }}{% if reference %} {{ reference }}{% endif %}', v_compliance),
        ('campaign_report', 'Campaign report', '{{ title }}{% if reference %} {{ reference }}{% endif %}', v_campaign),
        ('letter', 'Letter', '{{ subject }}', v_letter)
    ) as kinds (kind, name, title_source, body)
  loop
    v_body := v_listed.body;
    for v_word in select words.key, words.value from jsonb_each_text(v_words -> v_listed.locale) as words loop
      v_body := replace(v_body, '[[' || v_word.key || ']]', v_word.value);
    end loop;
    -- Ids and times that every installation has alike.
    v_template_id := private.stable_uuid(concat_ws(' ', 'document_templates', v_listed.kind, v_listed.locale));
    insert into public.document_templates (id, kind, name, locale)
    values (v_template_id, v_listed.kind, v_listed.name, v_listed.locale);
    insert into public.document_template_versions (
      id, template_id, version_number, state, title_source, body_source, checked_at, published_at
    )
    values (
      private.stable_uuid(concat_ws(' ', 'document_template_versions', v_template_id, 1)), v_template_id, 1, 'published',
      v_listed.title_source, v_body, '2026-01-01 00:00:00+00', '2026-01-01 00:00:00+00'
    );
  end loop;
end;
$rows$;
