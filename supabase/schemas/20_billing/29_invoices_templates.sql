-- Built-in templates. One text for both languages, with the words in double brackets.
do $rows$
declare
  v_parties constant text := $liquid$<table><tbody><tr>
<td width="50%"><small class="muted">[[seller]]</small><br><strong>{{ seller.legal_name }}</strong>
{% if seller.line1 %}<br>{{ seller.line1 }}{% endif %}{% if seller.line2 %}<br>{{ seller.line2 }}{% endif %}
{% if seller.city or seller.postal_code %}<br>{{ seller.postal_code }} {{ seller.city }}{% endif %}
{% if seller.region %}<br>{{ seller.region }}{% endif %}{% if seller.country %}<br>{{ seller.country | country }}{% endif %}
{% if seller.tax_number %}<br>[[tax_number]] {{ seller.tax_number }}{% endif %}{% if seller.email %}<br>{{ seller.email }}{% endif %}</td>
<td width="50%"><small class="muted">[[buyer]]</small><br><strong>{{ buyer.legal_name }}</strong>
{% if buyer.line1 %}<br>{{ buyer.line1 }}{% endif %}{% if buyer.line2 %}<br>{{ buyer.line2 }}{% endif %}
{% if buyer.city or buyer.postal_code %}<br>{{ buyer.postal_code }} {{ buyer.city }}{% endif %}
{% if buyer.region %}<br>{{ buyer.region }}{% endif %}{% if buyer.country %}<br>{{ buyer.country | country }}{% endif %}
{% if buyer.tax_number %}<br>[[tax_number]] {{ buyer.tax_number }}{% endif %}{% if buyer.email %}<br>{{ buyer.email }}{% endif %}</td>
</tr></tbody></table>
$liquid$;
  v_invoice constant text := $liquid$<h1>[[invoice]]{% if number %} {{ number }}{% endif %}</h1>
{% if state == 'draft' %}<p class="warning"><strong>[[draft]]</strong></p>{% endif %}{% if state == 'void' %}<p class="danger"><strong>[[void]]</strong></p>{% endif %}
$liquid$ || v_parties || $liquid$<dl>
{% if issued_on %}<dt>[[issued]]</dt><dd>{{ issued_on | date }}</dd>{% endif %}
{% if due_on %}<dt>[[due]]</dt><dd><strong>{{ due_on | date }}</strong></dd>{% endif %}
{% if period_from and period_to %}<dt>[[period]]</dt><dd>{{ period_from | date }} – {{ period_to | date }}</dd>{% endif %}
</dl>
<table>
<thead><tr><th width="44%">[[description]]</th><th width="14%" class="right">[[quantity]]</th><th width="22%" class="right">[[price]]</th><th width="20%" class="right">[[amount]]</th></tr></thead>
<tbody>{% for line in lines %}<tr>
<td>{{ line.description }}{% if line.kind == 'overage' %}<br><small class="muted">[[overage]]</small>{% endif %}{% if line.kind == 'seat' %}<br><small class="muted">[[seats]]</small>{% endif %}{% if line.period_from and line.period_to %}<br><small class="muted">{{ line.period_from | date: 'medium' }} – {{ line.period_to | date: 'medium' }}</small>{% endif %}</td>
<td class="right">{{ line.quantity | number }}</td>
<td class="right">{{ line.unit_cents | money: currency }}{% if line.unit_count > 1 %}<br><small class="muted">[[each]] {{ line.unit_count | number }}</small>{% endif %}</td>
<td class="right">{{ line.amount_cents | money: currency }}</td>
</tr>{% endfor %}</tbody>
<tfoot>
<tr><td colspan="3" class="right">[[subtotal]]</td><td class="right">{{ subtotal_cents | money: currency }}</td></tr>
{% if credit_cents > 0 %}<tr><td colspan="3" class="right">[[credit]]</td><td class="right">−{{ credit_cents | money: currency }}</td></tr>{% endif %}
{% if tax_rate %}<tr><td colspan="3" class="right">{{ tax_name }} {{ tax_rate | times: 100 | number: 4 }} %</td><td class="right">{{ tax_cents | money: currency }}</td></tr>{% endif %}
<tr><td colspan="3" class="right"><strong>[[total]] ({{ currency }})</strong></td><td class="right"><strong>{{ total_cents | money: currency }}</strong></td></tr>
</tfoot>
</table>
{% if seller.payment_instructions and total_cents > 0 and state == 'issued' %}<section class="box keep"><p><strong>[[pay]]</strong></p>
<p class="lines">{{ seller.payment_instructions }}</p></section>{% endif %}
$liquid$;
  v_credit_note constant text := $liquid$<h1>[[credit_note]] {{ number }}</h1>
$liquid$ || v_parties || $liquid$<dl>
{% if issued_on %}<dt>[[issued]]</dt><dd>{{ issued_on | date }}</dd>{% endif %}
<dt>[[for_invoice]]</dt><dd>{{ invoice_number }}, {{ invoice_issued_on | date }}</dd>
<dt>[[reason]]</dt><dd>{{ reason }}</dd>
</dl>
<table>
<thead><tr><th width="70%">[[description]]</th><th width="30%" class="right">[[amount]]</th></tr></thead>
<tbody>
<tr><td>[[credited]]</td><td class="right">{{ amount_cents | money: currency }}</td></tr>
{% if tax_rate and settlement != 'balance' %}<tr><td>{{ tax_name }} {{ tax_rate | times: 100 | number: 4 }} %</td><td class="right">{{ tax_cents | money: currency }}</td></tr>{% endif %}
</tbody>
<tfoot><tr><td class="right"><strong>[[total]] ({{ currency }})</strong></td><td class="right"><strong>{{ total_cents | money: currency }}</strong></td></tr></tfoot>
</table>
<section class="box keep"><p>{% if settlement == 'invoice' %}[[settled_invoice]]{% endif %}{% if settlement == 'balance' %}[[settled_balance]]{% endif %}{% if settlement == 'refund' %}[[settled_refund]]{% endif %}</p></section>
$liquid$;
  v_receipt constant text := $liquid$<h1>[[receipt]] {{ number }}</h1>
$liquid$ || v_parties || $liquid$<dl>
{% if issued_on %}<dt>[[issued]]</dt><dd>{{ issued_on | date }}</dd>{% endif %}
<dt>[[paid]]</dt><dd>{{ paid_on | date }}</dd>
<dt>[[method]]</dt><dd>{% case method %}{% when 'bank_transfer' %}[[bank_transfer]]{% when 'cash' %}[[cash]]{% when 'card' %}[[card]]{% else %}{{ method }}{% endcase %}</dd>
{% if reference %}<dt>[[reference]]</dt><dd>{{ reference }}</dd>{% endif %}
{% if invoice_number %}<dt>[[for_invoice]]</dt><dd>{{ invoice_number }}</dd>{% endif %}
</dl>
<section class="box keep"><dl><dt>[[received]] ({{ currency }})</dt><dd><strong>{{ amount_cents | money: currency }}</strong></dd></dl></section>
$liquid$;
  v_words constant jsonb := '{
    "en": {
      "invoice": "Invoice", "credit_note": "Credit note", "receipt": "Receipt", "seller": "From", "buyer": "To",
      "tax_number": "Tax number", "draft": "Draft: not an invoice yet", "void": "Void: this invoice is not to be paid",
      "issued": "Date", "due": "Due", "period": "Period", "description": "Description", "quantity": "Quantity",
      "price": "Price", "amount": "Amount", "overage": "Use above the plan", "seats": "Seats", "each": "for each",
      "subtotal": "Subtotal", "credit": "Credit", "total": "Total", "pay": "How to pay", "for_invoice": "For invoice",
      "reason": "Reason", "credited": "Credited",
      "settled_invoice": "This lowers what is to be paid of the invoice.",
      "settled_balance": "This is taken off your next invoice, before tax.",
      "settled_refund": "This is paid back to you.",
      "paid": "Paid on", "method": "Paid by", "bank_transfer": "Bank transfer", "cash": "Cash", "card": "Card",
      "reference": "Reference", "received": "Received"
    },
    "fr": {
      "invoice": "Facture", "credit_note": "Avoir", "receipt": "Reçu", "seller": "Émetteur", "buyer": "Client",
      "tax_number": "N° fiscal", "draft": "Brouillon : pas encore une facture",
      "void": "Annulée : cette facture n''est pas à payer",
      "issued": "Date", "due": "Échéance", "period": "Période", "description": "Désignation", "quantity": "Quantité",
      "price": "Prix", "amount": "Montant", "overage": "Au-delà du forfait", "seats": "Utilisateurs", "each": "par",
      "subtotal": "Sous-total", "credit": "Crédit", "total": "Total", "pay": "Règlement", "for_invoice": "Facture",
      "reason": "Motif", "credited": "Montant crédité",
      "settled_invoice": "Ce montant est déduit du reste à payer de la facture.",
      "settled_balance": "Ce montant est déduit de votre prochaine facture, avant taxe.",
      "settled_refund": "Ce montant vous est remboursé.",
      "paid": "Payé le", "method": "Moyen de paiement", "bank_transfer": "Virement", "cash": "Espèces",
      "card": "Carte", "reference": "Référence", "received": "Montant reçu"
    }
  }';
  v_listed record;
  v_word record;
  v_body text;
  v_title text;
  v_template_id uuid;
begin
  for v_listed in
    select locales.locale, kinds.*
    from (values ('en'), ('fr')) as locales (locale)
    cross join (
      values
        ('billing_invoice', 'Invoice', '[[invoice]]{% if number %} {{ number }}{% endif %}', v_invoice),
        ('billing_credit_note', 'Credit note', '[[credit_note]] {{ number }}', v_credit_note),
        ('billing_receipt', 'Receipt', '[[receipt]] {{ number }}', v_receipt)
    ) as kinds (kind, name, title_source, body)
  loop
    v_body := v_listed.body;
    v_title := v_listed.title_source;
    for v_word in select words.key, words.value from jsonb_each_text(v_words -> v_listed.locale) as words loop
      v_body := replace(v_body, '[[' || v_word.key || ']]', v_word.value);
      v_title := replace(v_title, '[[' || v_word.key || ']]', v_word.value);
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
      v_title, v_body, '2026-01-01 00:00:00+00', '2026-01-01 00:00:00+00'
    );
  end loop;
end;
$rows$;
