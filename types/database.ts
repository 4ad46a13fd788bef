
export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[]

export type Database = {
  
  "public": {
          Tables: {
            "account_deletions": {
                  Row: {
                    "created_at": string,"due_at": string,"id": string,"status": Database["public"]['Enums']["account_deletion_status"],"updated_at": string,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"due_at": string,"id"?: string,"status"?: Database["public"]['Enums']["account_deletion_status"],"updated_at"?: string,"user_id": string
                  }
                  Update: {
                    "created_at"?: string,"due_at"?: string,"id"?: string,"status"?: Database["public"]['Enums']["account_deletion_status"],"updated_at"?: string,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "account_deletions_user_id_fkey"
      columns: ["user_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"api_keys": {
                  Row: {
                    "allowed_ips": (unknown)[],"created_at": string,"created_by": string | null,"expires_at": string | null,"id": string,"last_used_at": string | null,"name": string,"organization_id": string,"overlap_ends_at": string | null,"prefix": string,"revoked_at": string | null,"rotated_from_id": string | null,"scopes": (string)[],"service_account_id": string,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "allowed_ips"?: (unknown)[],"created_at"?: string,"created_by"?: string | null,"expires_at"?: string | null,"id"?: string,"last_used_at"?: string | null,"name": string,"organization_id": string,"overlap_ends_at"?: string | null,"prefix": string,"revoked_at"?: string | null,"rotated_from_id"?: string | null,"scopes": (string)[],"service_account_id": string,"updated_at"?: string
                  }
                  Update: {
                    "allowed_ips"?: (unknown)[],"created_at"?: string,"created_by"?: string | null,"expires_at"?: string | null,"id"?: string,"last_used_at"?: string | null,"name"?: string,"organization_id"?: string,"overlap_ends_at"?: string | null,"prefix"?: string,"revoked_at"?: string | null,"rotated_from_id"?: string | null,"scopes"?: (string)[],"service_account_id"?: string,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "api_keys_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "api_keys_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "api_keys_rotated_from_is_of_organization"
      columns: ["organization_id","rotated_from_id"]
isOneToOne: false
      referencedRelation: "api_keys"
      referencedColumns: ["organization_id","id"]
    },{
      foreignKeyName: "api_keys_service_account_is_of_organization"
      columns: ["service_account_id","organization_id"]
isOneToOne: false
      referencedRelation: "service_accounts"
      referencedColumns: ["id","organization_id"]
    }
                  ]
                },"audit_logs": {
                  Row: {
                    "action": string,"actor_id": string | null,"actor_kind": Database["public"]['Enums']["audit_actor_kind"],"changes": Json | null,"id": number,"impersonated_user_id": string | null,"ip_address": unknown,"object_id": string | null,"object_type": string,"occurred_at": string,"organization_id": string | null,"request_id": string | null,"user_agent": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "action": string,"actor_id"?: string | null,"actor_kind": Database["public"]['Enums']["audit_actor_kind"],"changes"?: Json | null,"id"?: never,"impersonated_user_id"?: string | null,"ip_address"?: unknown,"object_id"?: string | null,"object_type": string,"occurred_at": string,"organization_id"?: string | null,"request_id"?: string | null,"user_agent"?: string | null
                  }
                  Update: {
                    "action"?: string,"actor_id"?: string | null,"actor_kind"?: Database["public"]['Enums']["audit_actor_kind"],"changes"?: Json | null,"id"?: never,"impersonated_user_id"?: string | null,"ip_address"?: unknown,"object_id"?: string | null,"object_type"?: string,"occurred_at"?: string,"organization_id"?: string | null,"request_id"?: string | null,"user_agent"?: string | null
                  }
                  Relationships: [
                    
                  ]
                },"billing_checkout_sessions": {
                  Row: {
                    "created_at": string,"created_by": string | null,"expires_at": string,"id": string,"mode": Database["public"]['Enums']["billing_checkout_mode"],"organization_id": string,"product": Database["public"]['Enums']["billing_product"] | null,"provider": string,"provider_session_id": string | null,"purpose": Database["public"]['Enums']["billing_payment_purpose"],"purpose_id": string | null,"status": Database["public"]['Enums']["billing_checkout_status"],"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"created_by"?: string | null,"expires_at": string,"id"?: string,"mode": Database["public"]['Enums']["billing_checkout_mode"],"organization_id": string,"product"?: Database["public"]['Enums']["billing_product"] | null,"provider": string,"provider_session_id"?: string | null,"purpose"?: Database["public"]['Enums']["billing_payment_purpose"],"purpose_id"?: string | null,"status"?: Database["public"]['Enums']["billing_checkout_status"],"updated_at"?: string
                  }
                  Update: {
                    "created_at"?: string,"created_by"?: string | null,"expires_at"?: string,"id"?: string,"mode"?: Database["public"]['Enums']["billing_checkout_mode"],"organization_id"?: string,"product"?: Database["public"]['Enums']["billing_product"] | null,"provider"?: string,"provider_session_id"?: string | null,"purpose"?: Database["public"]['Enums']["billing_payment_purpose"],"purpose_id"?: string | null,"status"?: Database["public"]['Enums']["billing_checkout_status"],"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "billing_checkout_sessions_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "billing_checkout_sessions_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"billing_credit_notes": {
                  Row: {
                    "amount_cents": number,"created_at": string,"created_by": string | null,"currency": string,"id": string,"invoice_id": string,"issued_at": string,"number": string,"organization_id": string,"reason": string,"refunded_cents": number,"seller_id": string,"settlement": Database["public"]['Enums']["billing_credit_settlement"],"tax_cents": number,"total_cents": number,"updated_at": string,"used_cents": number
                  }
                  ComputedFields: never
                  Insert: {
                    "amount_cents": number,"created_at"?: string,"created_by"?: string | null,"currency": string,"id"?: string,"invoice_id": string,"issued_at"?: string,"number": string,"organization_id": string,"reason": string,"refunded_cents"?: number,"seller_id": string,"settlement": Database["public"]['Enums']["billing_credit_settlement"],"tax_cents"?: number,"total_cents": number,"updated_at"?: string,"used_cents"?: number
                  }
                  Update: {
                    "amount_cents"?: number,"created_at"?: string,"created_by"?: string | null,"currency"?: string,"id"?: string,"invoice_id"?: string,"issued_at"?: string,"number"?: string,"organization_id"?: string,"reason"?: string,"refunded_cents"?: number,"seller_id"?: string,"settlement"?: Database["public"]['Enums']["billing_credit_settlement"],"tax_cents"?: number,"total_cents"?: number,"updated_at"?: string,"used_cents"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "billing_credit_notes_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "billing_credit_notes_invoice_in_same_organization"
      columns: ["organization_id","invoice_id"]
isOneToOne: false
      referencedRelation: "billing_invoices"
      referencedColumns: ["organization_id","id"]
    },{
      foreignKeyName: "billing_credit_notes_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "billing_credit_notes_seller_id_fkey"
      columns: ["seller_id"]
isOneToOne: false
      referencedRelation: "billing_sellers"
      referencedColumns: ["id"]
    }
                  ]
                },"billing_credit_uses": {
                  Row: {
                    "amount_cents": number,"created_at": string,"credit_note_id": string,"invoice_id": string,"organization_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "amount_cents": number,"created_at"?: string,"credit_note_id": string,"invoice_id": string,"organization_id": string
                  }
                  Update: {
                    "amount_cents"?: number,"created_at"?: string,"credit_note_id"?: string,"invoice_id"?: string,"organization_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "billing_credit_uses_credit_note_in_same_organization"
      columns: ["organization_id","credit_note_id"]
isOneToOne: false
      referencedRelation: "billing_credit_notes"
      referencedColumns: ["organization_id","id"]
    },{
      foreignKeyName: "billing_credit_uses_invoice_in_same_organization"
      columns: ["organization_id","invoice_id"]
isOneToOne: false
      referencedRelation: "billing_invoices"
      referencedColumns: ["organization_id","id"]
    },{
      foreignKeyName: "billing_credit_uses_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"billing_customers": {
                  Row: {
                    "created_at": string,"default_method_id": string | null,"deleted_at": string | null,"email": string | null,"id": string,"name": string | null,"organization_id": string,"provider": string,"provider_changed_at": string | null,"provider_customer_id": string,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"default_method_id"?: string | null,"deleted_at"?: string | null,"email"?: string | null,"id"?: string,"name"?: string | null,"organization_id": string,"provider": string,"provider_changed_at"?: string | null,"provider_customer_id": string,"updated_at"?: string
                  }
                  Update: {
                    "created_at"?: string,"default_method_id"?: string | null,"deleted_at"?: string | null,"email"?: string | null,"id"?: string,"name"?: string | null,"organization_id"?: string,"provider"?: string,"provider_changed_at"?: string | null,"provider_customer_id"?: string,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "billing_customers_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"billing_disputes": {
                  Row: {
                    "amount_cents": number,"closed_at": string | null,"created_at": string,"currency": string,"evidence_due_at": string | null,"id": string,"organization_id": string,"payment_id": string,"provider_changed_at": string | null,"provider_dispute_id": string,"reason": string | null,"status": string,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "amount_cents": number,"closed_at"?: string | null,"created_at"?: string,"currency": string,"evidence_due_at"?: string | null,"id"?: string,"organization_id": string,"payment_id": string,"provider_changed_at"?: string | null,"provider_dispute_id": string,"reason"?: string | null,"status": string,"updated_at"?: string
                  }
                  Update: {
                    "amount_cents"?: number,"closed_at"?: string | null,"created_at"?: string,"currency"?: string,"evidence_due_at"?: string | null,"id"?: string,"organization_id"?: string,"payment_id"?: string,"provider_changed_at"?: string | null,"provider_dispute_id"?: string,"reason"?: string | null,"status"?: string,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "billing_disputes_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "billing_disputes_payment_in_same_organization"
      columns: ["organization_id","payment_id"]
isOneToOne: false
      referencedRelation: "billing_payments"
      referencedColumns: ["organization_id","id"]
    }
                  ]
                },"billing_invoice_lines": {
                  Row: {
                    "amount_cents": number,"created_at": string,"description": string,"id": string,"invoice_id": string,"kind": Database["public"]['Enums']["billing_line_kind"],"limit_key": string | null,"organization_id": string,"period_ends_at": string | null,"period_starts_at": string | null,"position": number,"price_id": string | null,"provider_line_id": string | null,"quantity": number,"unit_cents": number,"unit_count": number,"usage": Json | null
                  }
                  ComputedFields: never
                  Insert: {
                    "amount_cents": number,"created_at"?: string,"description": string,"id"?: string,"invoice_id": string,"kind": Database["public"]['Enums']["billing_line_kind"],"limit_key"?: string | null,"organization_id": string,"period_ends_at"?: string | null,"period_starts_at"?: string | null,"position": number,"price_id"?: string | null,"provider_line_id"?: string | null,"quantity"?: number,"unit_cents": number,"unit_count"?: number,"usage"?: Json | null
                  }
                  Update: {
                    "amount_cents"?: number,"created_at"?: string,"description"?: string,"id"?: string,"invoice_id"?: string,"kind"?: Database["public"]['Enums']["billing_line_kind"],"limit_key"?: string | null,"organization_id"?: string,"period_ends_at"?: string | null,"period_starts_at"?: string | null,"position"?: number,"price_id"?: string | null,"provider_line_id"?: string | null,"quantity"?: number,"unit_cents"?: number,"unit_count"?: number,"usage"?: Json | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "billing_invoice_lines_invoice_in_same_organization"
      columns: ["organization_id","invoice_id"]
isOneToOne: false
      referencedRelation: "billing_invoices"
      referencedColumns: ["organization_id","id"]
    },{
      foreignKeyName: "billing_invoice_lines_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "billing_invoice_lines_price_id_fkey"
      columns: ["price_id"]
isOneToOne: false
      referencedRelation: "billing_prices"
      referencedColumns: ["id"]
    }
                  ]
                },"billing_invoices": {
                  Row: {
                    "buyer": NonNullable<Json>,"created_at": string,"credit_cents": number,"credited_cents": number,"currency": string,"due_at": string | null,"due_soon_at": string | null,"hosted_url": string | null,"id": string,"issued_at": string | null,"number": string | null,"open_cents": number,"organization_id": string,"paid_at": string | null,"paid_cents": number,"period_ends_at": string | null,"period_starts_at": string | null,"provider": string,"provider_changed_at": string | null,"provider_invoice_id": string | null,"provider_status": string | null,"reminded_at": string | null,"reminder_count": number,"seller": NonNullable<Json>,"seller_id": string | null,"status": Database["public"]['Enums']["billing_invoice_status"],"subscription_id": string | null,"subtotal_cents": number,"tax_cents": number,"tax_name": string | null,"tax_rate": number | null,"time_zone": string,"total_cents": number,"updated_at": string,"void_reason": string | null,"voided_at": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "buyer"?: NonNullable<Json>,"created_at"?: string,"credit_cents"?: number,"credited_cents"?: number,"currency": string,"due_at"?: string | null,"due_soon_at"?: string | null,"hosted_url"?: string | null,"id"?: string,"issued_at"?: string | null,"number"?: string | null,"open_cents"?: never,"organization_id": string,"paid_at"?: string | null,"paid_cents"?: number,"period_ends_at"?: string | null,"period_starts_at"?: string | null,"provider": string,"provider_changed_at"?: string | null,"provider_invoice_id"?: string | null,"provider_status"?: string | null,"reminded_at"?: string | null,"reminder_count"?: number,"seller"?: NonNullable<Json>,"seller_id"?: string | null,"status"?: Database["public"]['Enums']["billing_invoice_status"],"subscription_id"?: string | null,"subtotal_cents": number,"tax_cents"?: number,"tax_name"?: string | null,"tax_rate"?: number | null,"time_zone"?: string,"total_cents": number,"updated_at"?: string,"void_reason"?: string | null,"voided_at"?: string | null
                  }
                  Update: {
                    "buyer"?: NonNullable<Json>,"created_at"?: string,"credit_cents"?: number,"credited_cents"?: number,"currency"?: string,"due_at"?: string | null,"due_soon_at"?: string | null,"hosted_url"?: string | null,"id"?: string,"issued_at"?: string | null,"number"?: string | null,"open_cents"?: never,"organization_id"?: string,"paid_at"?: string | null,"paid_cents"?: number,"period_ends_at"?: string | null,"period_starts_at"?: string | null,"provider"?: string,"provider_changed_at"?: string | null,"provider_invoice_id"?: string | null,"provider_status"?: string | null,"reminded_at"?: string | null,"reminder_count"?: number,"seller"?: NonNullable<Json>,"seller_id"?: string | null,"status"?: Database["public"]['Enums']["billing_invoice_status"],"subscription_id"?: string | null,"subtotal_cents"?: number,"tax_cents"?: number,"tax_name"?: string | null,"tax_rate"?: number | null,"time_zone"?: string,"total_cents"?: number,"updated_at"?: string,"void_reason"?: string | null,"voided_at"?: string | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "billing_invoices_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "billing_invoices_seller_id_fkey"
      columns: ["seller_id"]
isOneToOne: false
      referencedRelation: "billing_sellers"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "billing_invoices_subscription_in_same_organization"
      columns: ["organization_id","subscription_id"]
isOneToOne: false
      referencedRelation: "billing_subscriptions"
      referencedColumns: ["organization_id","id"]
    }
                  ]
                },"billing_onchain_chains": {
                  Row: {
                    "chain_id": number,"confirmation_count": number,"created_at": string,"finality_count": number,"is_enabled": boolean,"name": string,"native_symbol": string,"poll_seconds": number,"receiving_address": string | null,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "chain_id": number,"confirmation_count": number,"created_at"?: string,"finality_count": number,"is_enabled"?: boolean,"name": string,"native_symbol": string,"poll_seconds"?: number,"receiving_address"?: string | null,"updated_at"?: string
                  }
                  Update: {
                    "chain_id"?: number,"confirmation_count"?: number,"created_at"?: string,"finality_count"?: number,"is_enabled"?: boolean,"name"?: string,"native_symbol"?: string,"poll_seconds"?: number,"receiving_address"?: string | null,"updated_at"?: string
                  }
                  Relationships: [
                    
                  ]
                },"billing_onchain_quotes": {
                  Row: {
                    "amount_cents": number,"amount_units": string,"block_hash": string | null,"block_number": number | null,"chain_id": number,"checked_at": string | null,"confirmation_count": number,"confirmed_at": string | null,"created_at": string,"created_by": string | null,"currency": string,"expires_at": string,"failure_code": string | null,"finalized_at": string | null,"id": string,"mined_at": string | null,"organization_id": string,"payer_address": string,"purpose": Database["public"]['Enums']["billing_payment_purpose"],"purpose_id": string,"received_units": string | null,"receiving_address": string,"state": Database["public"]['Enums']["billing_onchain_quote_state"],"submitted_at": string | null,"token_address": string,"token_count": number,"token_decimals": number,"token_id": string,"token_symbol": string,"transaction_hash": string | null,"updated_at": string,"wallet_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "amount_cents": number,"amount_units": string,"block_hash"?: string | null,"block_number"?: number | null,"chain_id": number,"checked_at"?: string | null,"confirmation_count"?: number,"confirmed_at"?: string | null,"created_at"?: string,"created_by"?: string | null,"currency": string,"expires_at": string,"failure_code"?: string | null,"finalized_at"?: string | null,"id"?: string,"mined_at"?: string | null,"organization_id": string,"payer_address": string,"purpose": Database["public"]['Enums']["billing_payment_purpose"],"purpose_id": string,"received_units"?: string | null,"receiving_address": string,"state"?: Database["public"]['Enums']["billing_onchain_quote_state"],"submitted_at"?: string | null,"token_address": string,"token_count": number,"token_decimals": number,"token_id": string,"token_symbol": string,"transaction_hash"?: string | null,"updated_at"?: string,"wallet_id": string
                  }
                  Update: {
                    "amount_cents"?: number,"amount_units"?: string,"block_hash"?: string | null,"block_number"?: number | null,"chain_id"?: number,"checked_at"?: string | null,"confirmation_count"?: number,"confirmed_at"?: string | null,"created_at"?: string,"created_by"?: string | null,"currency"?: string,"expires_at"?: string,"failure_code"?: string | null,"finalized_at"?: string | null,"id"?: string,"mined_at"?: string | null,"organization_id"?: string,"payer_address"?: string,"purpose"?: Database["public"]['Enums']["billing_payment_purpose"],"purpose_id"?: string,"received_units"?: string | null,"receiving_address"?: string,"state"?: Database["public"]['Enums']["billing_onchain_quote_state"],"submitted_at"?: string | null,"token_address"?: string,"token_count"?: number,"token_decimals"?: number,"token_id"?: string,"token_symbol"?: string,"transaction_hash"?: string | null,"updated_at"?: string,"wallet_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "billing_onchain_quotes_chain_id_fkey"
      columns: ["chain_id"]
isOneToOne: false
      referencedRelation: "billing_onchain_chains"
      referencedColumns: ["chain_id"]
    },{
      foreignKeyName: "billing_onchain_quotes_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "billing_onchain_quotes_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "billing_onchain_quotes_token_id_fkey"
      columns: ["token_id"]
isOneToOne: false
      referencedRelation: "billing_onchain_tokens"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "billing_onchain_quotes_wallet_in_same_organization"
      columns: ["organization_id","wallet_id"]
isOneToOne: false
      referencedRelation: "billing_wallet_bindings"
      referencedColumns: ["organization_id","id"]
    }
                  ]
                },"billing_onchain_rates": {
                  Row: {
                    "created_at": string,"currency": string,"expires_at": string | null,"token_count": number,"token_id": string,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"currency": string,"expires_at"?: string | null,"token_count": number,"token_id": string,"updated_at"?: string
                  }
                  Update: {
                    "created_at"?: string,"currency"?: string,"expires_at"?: string | null,"token_count"?: number,"token_id"?: string,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "billing_onchain_rates_token_id_fkey"
      columns: ["token_id"]
isOneToOne: false
      referencedRelation: "billing_onchain_tokens"
      referencedColumns: ["id"]
    }
                  ]
                },"billing_onchain_tokens": {
                  Row: {
                    "chain_id": number,"contract_address": string,"created_at": string,"decimals": number,"id": string,"is_enabled": boolean,"symbol": string,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "chain_id": number,"contract_address": string,"created_at"?: string,"decimals": number,"id"?: string,"is_enabled"?: boolean,"symbol": string,"updated_at"?: string
                  }
                  Update: {
                    "chain_id"?: number,"contract_address"?: string,"created_at"?: string,"decimals"?: number,"id"?: string,"is_enabled"?: boolean,"symbol"?: string,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "billing_onchain_tokens_chain_id_fkey"
      columns: ["chain_id"]
isOneToOne: false
      referencedRelation: "billing_onchain_chains"
      referencedColumns: ["chain_id"]
    }
                  ]
                },"billing_payment_allocations": {
                  Row: {
                    "amount_cents": number,"created_at": string,"id": string,"invoice_id": string,"organization_id": string,"payment_id": string,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "amount_cents": number,"created_at"?: string,"id"?: string,"invoice_id": string,"organization_id": string,"payment_id": string,"updated_at"?: string
                  }
                  Update: {
                    "amount_cents"?: number,"created_at"?: string,"id"?: string,"invoice_id"?: string,"organization_id"?: string,"payment_id"?: string,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "billing_payment_allocations_invoice_in_same_organization"
      columns: ["organization_id","invoice_id"]
isOneToOne: false
      referencedRelation: "billing_invoices"
      referencedColumns: ["organization_id","id"]
    },{
      foreignKeyName: "billing_payment_allocations_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "billing_payment_allocations_payment_in_same_organization"
      columns: ["organization_id","payment_id"]
isOneToOne: false
      referencedRelation: "billing_payments"
      referencedColumns: ["organization_id","id"]
    }
                  ]
                },"billing_payment_events": {
                  Row: {
                    "changes": NonNullable<Json>,"created_at": string,"id": number,"object": Database["public"]['Enums']["billing_payment_object"],"object_id": string,"organization_id": string,"payment_id": string,"source": string,"status": string
                  }
                  ComputedFields: never
                  Insert: {
                    "changes": NonNullable<Json>,"created_at"?: string,"id"?: never,"object": Database["public"]['Enums']["billing_payment_object"],"object_id": string,"organization_id": string,"payment_id": string,"source": string,"status": string
                  }
                  Update: {
                    "changes"?: NonNullable<Json>,"created_at"?: string,"id"?: never,"object"?: Database["public"]['Enums']["billing_payment_object"],"object_id"?: string,"organization_id"?: string,"payment_id"?: string,"source"?: string,"status"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "billing_payment_events_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "billing_payment_events_payment_in_same_organization"
      columns: ["organization_id","payment_id"]
isOneToOne: false
      referencedRelation: "billing_payments"
      referencedColumns: ["organization_id","id"]
    }
                  ]
                },"billing_payment_methods": {
                  Row: {
                    "brand": string | null,"created_at": string,"expiry_month": number | null,"expiry_year": number | null,"id": string,"is_default": boolean,"kind": string,"last4": string | null,"organization_id": string,"provider": string,"provider_changed_at": string | null,"provider_customer_id": string | null,"provider_method_id": string,"removed_at": string | null,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "brand"?: string | null,"created_at"?: string,"expiry_month"?: number | null,"expiry_year"?: number | null,"id"?: string,"is_default"?: boolean,"kind": string,"last4"?: string | null,"organization_id": string,"provider": string,"provider_changed_at"?: string | null,"provider_customer_id"?: string | null,"provider_method_id": string,"removed_at"?: string | null,"updated_at"?: string
                  }
                  Update: {
                    "brand"?: string | null,"created_at"?: string,"expiry_month"?: number | null,"expiry_year"?: number | null,"id"?: string,"is_default"?: boolean,"kind"?: string,"last4"?: string | null,"organization_id"?: string,"provider"?: string,"provider_changed_at"?: string | null,"provider_customer_id"?: string | null,"provider_method_id"?: string,"removed_at"?: string | null,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "billing_payment_methods_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"billing_payments": {
                  Row: {
                    "amount_cents": number,"created_at": string,"currency": string,"failure_code": string | null,"failure_message": string | null,"fee_cents": number | null,"id": string,"method": string,"organization_id": string,"paid_at": string | null,"payment_method_id": string | null,"provider": string,"provider_changed_at": string | null,"provider_payment_id": string | null,"provider_payment_method_id": string | null,"purpose": Database["public"]['Enums']["billing_payment_purpose"],"purpose_id": string | null,"receipt_url": string | null,"reference": string | null,"refunded_cents": number,"status": Database["public"]['Enums']["billing_payment_status"],"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "amount_cents": number,"created_at"?: string,"currency": string,"failure_code"?: string | null,"failure_message"?: string | null,"fee_cents"?: number | null,"id"?: string,"method"?: string,"organization_id": string,"paid_at"?: string | null,"payment_method_id"?: string | null,"provider": string,"provider_changed_at"?: string | null,"provider_payment_id"?: string | null,"provider_payment_method_id"?: string | null,"purpose"?: Database["public"]['Enums']["billing_payment_purpose"],"purpose_id"?: string | null,"receipt_url"?: string | null,"reference"?: string | null,"refunded_cents"?: number,"status": Database["public"]['Enums']["billing_payment_status"],"updated_at"?: string
                  }
                  Update: {
                    "amount_cents"?: number,"created_at"?: string,"currency"?: string,"failure_code"?: string | null,"failure_message"?: string | null,"fee_cents"?: number | null,"id"?: string,"method"?: string,"organization_id"?: string,"paid_at"?: string | null,"payment_method_id"?: string | null,"provider"?: string,"provider_changed_at"?: string | null,"provider_payment_id"?: string | null,"provider_payment_method_id"?: string | null,"purpose"?: Database["public"]['Enums']["billing_payment_purpose"],"purpose_id"?: string | null,"receipt_url"?: string | null,"reference"?: string | null,"refunded_cents"?: number,"status"?: Database["public"]['Enums']["billing_payment_status"],"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "billing_payments_method_in_same_organization"
      columns: ["organization_id","payment_method_id"]
isOneToOne: false
      referencedRelation: "billing_payment_methods"
      referencedColumns: ["organization_id","id"]
    },{
      foreignKeyName: "billing_payments_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"billing_pending_lines": {
                  Row: {
                    "amount_cents": number,"created_at": string,"currency": string,"description": string,"id": string,"invoice_id": string | null,"organization_id": string,"period_ends_at": string,"period_starts_at": string,"subscription_id": string,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "amount_cents": number,"created_at"?: string,"currency": string,"description": string,"id"?: string,"invoice_id"?: string | null,"organization_id": string,"period_ends_at": string,"period_starts_at": string,"subscription_id": string,"updated_at"?: string
                  }
                  Update: {
                    "amount_cents"?: number,"created_at"?: string,"currency"?: string,"description"?: string,"id"?: string,"invoice_id"?: string | null,"organization_id"?: string,"period_ends_at"?: string,"period_starts_at"?: string,"subscription_id"?: string,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "billing_pending_lines_invoice_in_same_organization"
      columns: ["organization_id","invoice_id"]
isOneToOne: false
      referencedRelation: "billing_invoices"
      referencedColumns: ["organization_id","id"]
    },{
      foreignKeyName: "billing_pending_lines_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "billing_pending_lines_subscription_in_same_organization"
      columns: ["organization_id","subscription_id"]
isOneToOne: false
      referencedRelation: "billing_subscriptions"
      referencedColumns: ["organization_id","id"]
    }
                  ]
                },"billing_plan_entitlements": {
                  Row: {
                    "action": "block"|"overage","created_at": string,"key": string,"plan_id": string,"updated_at": string,"value": number | null
                  }
                  ComputedFields: never
                  Insert: {
                    "action"?: "block"|"overage","created_at"?: string,"key": string,"plan_id": string,"updated_at"?: string,"value"?: number | null
                  }
                  Update: {
                    "action"?: "block"|"overage","created_at"?: string,"key"?: string,"plan_id"?: string,"updated_at"?: string,"value"?: number | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "billing_plan_entitlements_plan_id_fkey"
      columns: ["plan_id"]
isOneToOne: false
      referencedRelation: "billing_plans"
      referencedColumns: ["id"]
    }
                  ]
                },"billing_plans": {
                  Row: {
                    "created_at": string,"description": string,"id": string,"is_default": boolean,"key": string,"name": string,"product": Database["public"]['Enums']["billing_product"],"rank": number,"retired_at": string | null,"trial_days": number,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"description": string,"id"?: string,"is_default"?: boolean,"key": string,"name": string,"product": Database["public"]['Enums']["billing_product"],"rank": number,"retired_at"?: string | null,"trial_days"?: number,"updated_at"?: string
                  }
                  Update: {
                    "created_at"?: string,"description"?: string,"id"?: string,"is_default"?: boolean,"key"?: string,"name"?: string,"product"?: Database["public"]['Enums']["billing_product"],"rank"?: number,"retired_at"?: string | null,"trial_days"?: number,"updated_at"?: string
                  }
                  Relationships: [
                    
                  ]
                },"billing_prices": {
                  Row: {
                    "billing_interval": Database["public"]['Enums']["billing_interval"] | null,"created_at": string,"currency": string,"ends_at": string | null,"id": string,"kind": Database["public"]['Enums']["billing_price_kind"],"limit_key": string | null,"plan_id": string,"starts_at": string,"unit_cents": number,"unit_count": number,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "billing_interval"?: Database["public"]['Enums']["billing_interval"] | null,"created_at"?: string,"currency": string,"ends_at"?: string | null,"id"?: string,"kind": Database["public"]['Enums']["billing_price_kind"],"limit_key"?: string | null,"plan_id": string,"starts_at"?: string,"unit_cents": number,"unit_count"?: number,"updated_at"?: string
                  }
                  Update: {
                    "billing_interval"?: Database["public"]['Enums']["billing_interval"] | null,"created_at"?: string,"currency"?: string,"ends_at"?: string | null,"id"?: string,"kind"?: Database["public"]['Enums']["billing_price_kind"],"limit_key"?: string | null,"plan_id"?: string,"starts_at"?: string,"unit_cents"?: number,"unit_count"?: number,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "billing_prices_plan_id_fkey"
      columns: ["plan_id"]
isOneToOne: false
      referencedRelation: "billing_plans"
      referencedColumns: ["id"]
    }
                  ]
                },"billing_profiles": {
                  Row: {
                    "billing_email": string | null,"city": string | null,"country": string | null,"created_at": string,"legal_name": string | null,"line1": string | null,"line2": string | null,"organization_id": string,"postal_code": string | null,"region": string | null,"tax_number": string | null,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "billing_email"?: string | null,"city"?: string | null,"country"?: string | null,"created_at"?: string,"legal_name"?: string | null,"line1"?: string | null,"line2"?: string | null,"organization_id": string,"postal_code"?: string | null,"region"?: string | null,"tax_number"?: string | null,"updated_at"?: string
                  }
                  Update: {
                    "billing_email"?: string | null,"city"?: string | null,"country"?: string | null,"created_at"?: string,"legal_name"?: string | null,"line1"?: string | null,"line2"?: string | null,"organization_id"?: string,"postal_code"?: string | null,"region"?: string | null,"tax_number"?: string | null,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "billing_profiles_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: true
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"billing_receipts": {
                  Row: {
                    "amount_cents": number,"buyer": NonNullable<Json>,"created_at": string,"currency": string,"id": string,"issued_at": string,"number": string,"organization_id": string,"payment_id": string,"seller": NonNullable<Json>,"seller_id": string,"time_zone": string,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "amount_cents": number,"buyer": NonNullable<Json>,"created_at"?: string,"currency": string,"id"?: string,"issued_at"?: string,"number": string,"organization_id": string,"payment_id": string,"seller": NonNullable<Json>,"seller_id": string,"time_zone": string,"updated_at"?: string
                  }
                  Update: {
                    "amount_cents"?: number,"buyer"?: NonNullable<Json>,"created_at"?: string,"currency"?: string,"id"?: string,"issued_at"?: string,"number"?: string,"organization_id"?: string,"payment_id"?: string,"seller"?: NonNullable<Json>,"seller_id"?: string,"time_zone"?: string,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "billing_receipts_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "billing_receipts_payment_in_same_organization"
      columns: ["organization_id","payment_id"]
isOneToOne: false
      referencedRelation: "billing_payments"
      referencedColumns: ["organization_id","id"]
    },{
      foreignKeyName: "billing_receipts_seller_id_fkey"
      columns: ["seller_id"]
isOneToOne: false
      referencedRelation: "billing_sellers"
      referencedColumns: ["id"]
    }
                  ]
                },"billing_refunds": {
                  Row: {
                    "amount_cents": number,"comment": string | null,"created_at": string,"currency": string,"failure_code": string | null,"id": string,"organization_id": string,"payment_id": string,"provider_changed_at": string | null,"provider_refund_id": string | null,"reason": Database["public"]['Enums']["billing_refund_reason"],"requested_by": string | null,"status": Database["public"]['Enums']["billing_refund_status"],"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "amount_cents": number,"comment"?: string | null,"created_at"?: string,"currency": string,"failure_code"?: string | null,"id"?: string,"organization_id": string,"payment_id": string,"provider_changed_at"?: string | null,"provider_refund_id"?: string | null,"reason"?: Database["public"]['Enums']["billing_refund_reason"],"requested_by"?: string | null,"status"?: Database["public"]['Enums']["billing_refund_status"],"updated_at"?: string
                  }
                  Update: {
                    "amount_cents"?: number,"comment"?: string | null,"created_at"?: string,"currency"?: string,"failure_code"?: string | null,"id"?: string,"organization_id"?: string,"payment_id"?: string,"provider_changed_at"?: string | null,"provider_refund_id"?: string | null,"reason"?: Database["public"]['Enums']["billing_refund_reason"],"requested_by"?: string | null,"status"?: Database["public"]['Enums']["billing_refund_status"],"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "billing_refunds_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "billing_refunds_payment_in_same_organization"
      columns: ["organization_id","payment_id"]
isOneToOne: false
      referencedRelation: "billing_payments"
      referencedColumns: ["organization_id","id"]
    },{
      foreignKeyName: "billing_refunds_requested_by_fkey"
      columns: ["requested_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"billing_scheduled_changes": {
                  Row: {
                    "billing_interval": Database["public"]['Enums']["billing_interval"],"created_at": string,"organization_id": string,"plan_id": string,"price_ids": (string)[],"seat_count": number,"subscription_id": string,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "billing_interval": Database["public"]['Enums']["billing_interval"],"created_at"?: string,"organization_id": string,"plan_id": string,"price_ids": (string)[],"seat_count": number,"subscription_id": string,"updated_at"?: string
                  }
                  Update: {
                    "billing_interval"?: Database["public"]['Enums']["billing_interval"],"created_at"?: string,"organization_id"?: string,"plan_id"?: string,"price_ids"?: (string)[],"seat_count"?: number,"subscription_id"?: string,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "billing_scheduled_changes_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "billing_scheduled_changes_plan_id_fkey"
      columns: ["plan_id"]
isOneToOne: false
      referencedRelation: "billing_plans"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "billing_scheduled_changes_subscription_in_same_organization"
      columns: ["organization_id","subscription_id"]
isOneToOne: false
      referencedRelation: "billing_subscriptions"
      referencedColumns: ["organization_id","id"]
    }
                  ]
                },"billing_sellers": {
                  Row: {
                    "city": string | null,"country": string | null,"created_at": string,"email": string | null,"id": string,"key": string,"legal_name": string,"line1": string | null,"line2": string | null,"number_prefix": string,"payment_instructions": string | null,"postal_code": string | null,"region": string | null,"retired_at": string | null,"serves_country": string | null,"serves_product": Database["public"]['Enums']["billing_product"] | null,"tax_number": string | null,"time_zone": string,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "city"?: string | null,"country"?: string | null,"created_at"?: string,"email"?: string | null,"id"?: string,"key": string,"legal_name": string,"line1"?: string | null,"line2"?: string | null,"number_prefix": string,"payment_instructions"?: string | null,"postal_code"?: string | null,"region"?: string | null,"retired_at"?: string | null,"serves_country"?: string | null,"serves_product"?: Database["public"]['Enums']["billing_product"] | null,"tax_number"?: string | null,"time_zone"?: string,"updated_at"?: string
                  }
                  Update: {
                    "city"?: string | null,"country"?: string | null,"created_at"?: string,"email"?: string | null,"id"?: string,"key"?: string,"legal_name"?: string,"line1"?: string | null,"line2"?: string | null,"number_prefix"?: string,"payment_instructions"?: string | null,"postal_code"?: string | null,"region"?: string | null,"retired_at"?: string | null,"serves_country"?: string | null,"serves_product"?: Database["public"]['Enums']["billing_product"] | null,"tax_number"?: string | null,"time_zone"?: string,"updated_at"?: string
                  }
                  Relationships: [
                    
                  ]
                },"billing_subscription_items": {
                  Row: {
                    "created_at": string,"id": string,"organization_id": string,"price_id": string,"subscription_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"id"?: string,"organization_id": string,"price_id": string,"subscription_id": string
                  }
                  Update: {
                    "created_at"?: string,"id"?: string,"organization_id"?: string,"price_id"?: string,"subscription_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "billing_subscription_items_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "billing_subscription_items_price_id_fkey"
      columns: ["price_id"]
isOneToOne: false
      referencedRelation: "billing_prices"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "billing_subscription_items_subscription_in_same_organization"
      columns: ["organization_id","subscription_id"]
isOneToOne: false
      referencedRelation: "billing_subscriptions"
      referencedColumns: ["organization_id","id"]
    }
                  ]
                },"billing_subscriptions": {
                  Row: {
                    "access": Database["public"]['Enums']["billing_access"],"billing_interval": Database["public"]['Enums']["billing_interval"],"cancel_comment": string | null,"cancel_reason": Database["public"]['Enums']["billing_cancel_reason"] | null,"cancelled_at": string | null,"created_at": string,"currency": string,"current_period_ends_at": string,"current_period_starts_at": string,"ended_at": string | null,"id": string,"is_cancelled_at_period_end": boolean,"organization_id": string,"overdue_at": string | null,"own_overdue_at": string | null,"paused_at": string | null,"paused_seconds": number,"period_anchor_at": string | null,"plan_id": string,"product": Database["public"]['Enums']["billing_product"],"provider": string,"provider_changed_at": string | null,"provider_subscription_id": string | null,"seat_count": number,"started_at": string,"status": string,"trial_ends_at": string | null,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "access"?: Database["public"]['Enums']["billing_access"],"billing_interval"?: Database["public"]['Enums']["billing_interval"],"cancel_comment"?: string | null,"cancel_reason"?: Database["public"]['Enums']["billing_cancel_reason"] | null,"cancelled_at"?: string | null,"created_at"?: string,"currency": string,"current_period_ends_at": string,"current_period_starts_at": string,"ended_at"?: string | null,"id"?: string,"is_cancelled_at_period_end"?: boolean,"organization_id": string,"overdue_at"?: string | null,"own_overdue_at"?: string | null,"paused_at"?: string | null,"paused_seconds"?: number,"period_anchor_at"?: string | null,"plan_id": string,"product": Database["public"]['Enums']["billing_product"],"provider": string,"provider_changed_at"?: string | null,"provider_subscription_id"?: string | null,"seat_count"?: number,"started_at"?: string,"status": string,"trial_ends_at"?: string | null,"updated_at"?: string
                  }
                  Update: {
                    "access"?: Database["public"]['Enums']["billing_access"],"billing_interval"?: Database["public"]['Enums']["billing_interval"],"cancel_comment"?: string | null,"cancel_reason"?: Database["public"]['Enums']["billing_cancel_reason"] | null,"cancelled_at"?: string | null,"created_at"?: string,"currency"?: string,"current_period_ends_at"?: string,"current_period_starts_at"?: string,"ended_at"?: string | null,"id"?: string,"is_cancelled_at_period_end"?: boolean,"organization_id"?: string,"overdue_at"?: string | null,"own_overdue_at"?: string | null,"paused_at"?: string | null,"paused_seconds"?: number,"period_anchor_at"?: string | null,"plan_id"?: string,"product"?: Database["public"]['Enums']["billing_product"],"provider"?: string,"provider_changed_at"?: string | null,"provider_subscription_id"?: string | null,"seat_count"?: number,"started_at"?: string,"status"?: string,"trial_ends_at"?: string | null,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "billing_subscriptions_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "billing_subscriptions_plan_id_fkey"
      columns: ["plan_id"]
isOneToOne: false
      referencedRelation: "billing_plans"
      referencedColumns: ["id"]
    }
                  ]
                },"billing_tax_rates": {
                  Row: {
                    "country": string,"created_at": string,"ends_on": string | null,"id": string,"name": string,"rate": number,"starts_on": string,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "country": string,"created_at"?: string,"ends_on"?: string | null,"id"?: string,"name": string,"rate": number,"starts_on": string,"updated_at"?: string
                  }
                  Update: {
                    "country"?: string,"created_at"?: string,"ends_on"?: string | null,"id"?: string,"name"?: string,"rate"?: number,"starts_on"?: string,"updated_at"?: string
                  }
                  Relationships: [
                    
                  ]
                },"billing_wallet_bindings": {
                  Row: {
                    "address": string,"bound_by": string | null,"chain_id": number,"created_at": string,"id": string,"organization_id": string,"removed_at": string | null,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "address": string,"bound_by"?: string | null,"chain_id": number,"created_at"?: string,"id"?: string,"organization_id": string,"removed_at"?: string | null,"updated_at"?: string
                  }
                  Update: {
                    "address"?: string,"bound_by"?: string | null,"chain_id"?: number,"created_at"?: string,"id"?: string,"organization_id"?: string,"removed_at"?: string | null,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "billing_wallet_bindings_bound_by_fkey"
      columns: ["bound_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "billing_wallet_bindings_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"consent_documents": {
                  Row: {
                    "is_required": boolean,"kind": string,"published_at": string,"title": string,"url": string,"version": string
                  }
                  ComputedFields: never
                  Insert: {
                    "is_required": boolean,"kind": string,"published_at": string,"title": string,"url": string,"version": string
                  }
                  Update: {
                    "is_required"?: boolean,"kind"?: string,"published_at"?: string,"title"?: string,"url"?: string,"version"?: string
                  }
                  Relationships: [
                    
                  ]
                },"consents": {
                  Row: {
                    "created_at": string,"id": number,"is_granted": boolean,"kind": string,"user_id": string,"version": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"id"?: never,"is_granted": boolean,"kind": string,"user_id": string,"version": string
                  }
                  Update: {
                    "created_at"?: string,"id"?: never,"is_granted"?: boolean,"kind"?: string,"user_id"?: string,"version"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "consents_document_exists"
      columns: ["kind","version"]
isOneToOne: false
      referencedRelation: "consent_documents"
      referencedColumns: ["kind","version"]
    },{
      foreignKeyName: "consents_user_id_fkey"
      columns: ["user_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"contacts": {
                  Row: {
                    "company": string | null,"country": string | null,"created_at": string,"created_by": string | null,"email": string | null,"first_name": string | null,"id": string,"import_id": string | null,"job_title": string | null,"last_name": string | null,"note": string | null,"organization_id": string,"phone": string | null,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "company"?: string | null,"country"?: string | null,"created_at"?: string,"created_by"?: string | null,"email"?: string | null,"first_name"?: string | null,"id"?: string,"import_id"?: string | null,"job_title"?: string | null,"last_name"?: string | null,"note"?: string | null,"organization_id": string,"phone"?: string | null,"updated_at"?: string
                  }
                  Update: {
                    "company"?: string | null,"country"?: string | null,"created_at"?: string,"created_by"?: string | null,"email"?: string | null,"first_name"?: string | null,"id"?: string,"import_id"?: string | null,"job_title"?: string | null,"last_name"?: string | null,"note"?: string | null,"organization_id"?: string,"phone"?: string | null,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "contacts_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "contacts_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"credit_actions": {
                  Row: {
                    "action": string,"created_at": string,"credit_count": number,"description": string,"is_active": boolean,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "action": string,"created_at"?: string,"credit_count": number,"description": string,"is_active"?: boolean,"updated_at"?: string
                  }
                  Update: {
                    "action"?: string,"created_at"?: string,"credit_count"?: number,"description"?: string,"is_active"?: boolean,"updated_at"?: string
                  }
                  Relationships: [
                    
                  ]
                },"credit_entries": {
                  Row: {
                    "account": Database["public"]['Enums']["credit_account"],"balance_count": number,"created_at": string,"credit_count": number,"id": number,"kind": Database["public"]['Enums']["credit_entry_kind"],"organization_id": string,"reference": string | null,"reservation_id": string | null,"wallet_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "account": Database["public"]['Enums']["credit_account"],"balance_count": number,"created_at"?: string,"credit_count": number,"id"?: never,"kind": Database["public"]['Enums']["credit_entry_kind"],"organization_id": string,"reference"?: string | null,"reservation_id"?: string | null,"wallet_id": string
                  }
                  Update: {
                    "account"?: Database["public"]['Enums']["credit_account"],"balance_count"?: number,"created_at"?: string,"credit_count"?: number,"id"?: never,"kind"?: Database["public"]['Enums']["credit_entry_kind"],"organization_id"?: string,"reference"?: string | null,"reservation_id"?: string | null,"wallet_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "credit_entries_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "credit_entries_reservation_in_same_organization"
      columns: ["organization_id","reservation_id"]
isOneToOne: false
      referencedRelation: "credit_reservations"
      referencedColumns: ["organization_id","id"]
    },{
      foreignKeyName: "credit_entries_wallet_in_same_organization"
      columns: ["organization_id","wallet_id"]
isOneToOne: false
      referencedRelation: "credit_wallets"
      referencedColumns: ["organization_id","id"]
    }
                  ]
                },"credit_pack_prices": {
                  Row: {
                    "created_at": string,"currency": string,"pack_id": string,"price_cents": number,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"currency": string,"pack_id": string,"price_cents": number,"updated_at"?: string
                  }
                  Update: {
                    "created_at"?: string,"currency"?: string,"pack_id"?: string,"price_cents"?: number,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "credit_pack_prices_pack_id_fkey"
      columns: ["pack_id"]
isOneToOne: false
      referencedRelation: "credit_packs"
      referencedColumns: ["id"]
    }
                  ]
                },"credit_packs": {
                  Row: {
                    "created_at": string,"credit_count": number,"id": string,"retired_at": string | null,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"credit_count": number,"id"?: string,"retired_at"?: string | null,"updated_at"?: string
                  }
                  Update: {
                    "created_at"?: string,"credit_count"?: number,"id"?: string,"retired_at"?: string | null,"updated_at"?: string
                  }
                  Relationships: [
                    
                  ]
                },"credit_purchases": {
                  Row: {
                    "clawed_back_count": number,"created_at": string,"created_by": string | null,"credit_count": number,"currency": string,"granted_count": number,"id": string,"organization_id": string,"owed_count": number,"pack_id": string,"paid_at": string | null,"payment_id": string | null,"price_cents": number,"status": Database["public"]['Enums']["credit_purchase_status"],"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "clawed_back_count"?: number,"created_at"?: string,"created_by"?: string | null,"credit_count": number,"currency": string,"granted_count"?: number,"id"?: string,"organization_id": string,"owed_count"?: number,"pack_id": string,"paid_at"?: string | null,"payment_id"?: string | null,"price_cents": number,"status"?: Database["public"]['Enums']["credit_purchase_status"],"updated_at"?: string
                  }
                  Update: {
                    "clawed_back_count"?: number,"created_at"?: string,"created_by"?: string | null,"credit_count"?: number,"currency"?: string,"granted_count"?: number,"id"?: string,"organization_id"?: string,"owed_count"?: number,"pack_id"?: string,"paid_at"?: string | null,"payment_id"?: string | null,"price_cents"?: number,"status"?: Database["public"]['Enums']["credit_purchase_status"],"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "credit_purchases_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "credit_purchases_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "credit_purchases_pack_id_fkey"
      columns: ["pack_id"]
isOneToOne: false
      referencedRelation: "credit_packs"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "credit_purchases_payment_in_same_organization"
      columns: ["organization_id","payment_id"]
isOneToOne: false
      referencedRelation: "billing_payments"
      referencedColumns: ["organization_id","id"]
    }
                  ]
                },"credit_reservations": {
                  Row: {
                    "action": string,"created_at": string,"credit_count": number,"ended_at": string | null,"expires_at": string,"id": string,"idempotency_key": string,"organization_id": string,"person_id": string | null,"quantity": number,"spent_count": number | null,"state": Database["public"]['Enums']["credit_reservation_state"],"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "action": string,"created_at"?: string,"credit_count": number,"ended_at"?: string | null,"expires_at": string,"id"?: string,"idempotency_key": string,"organization_id": string,"person_id"?: string | null,"quantity": number,"spent_count"?: number | null,"state"?: Database["public"]['Enums']["credit_reservation_state"],"updated_at"?: string
                  }
                  Update: {
                    "action"?: string,"created_at"?: string,"credit_count"?: number,"ended_at"?: string | null,"expires_at"?: string,"id"?: string,"idempotency_key"?: string,"organization_id"?: string,"person_id"?: string | null,"quantity"?: number,"spent_count"?: number | null,"state"?: Database["public"]['Enums']["credit_reservation_state"],"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "credit_reservations_action_fkey"
      columns: ["action"]
isOneToOne: false
      referencedRelation: "credit_actions"
      referencedColumns: ["action"]
    },{
      foreignKeyName: "credit_reservations_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "credit_reservations_person_id_fkey"
      columns: ["person_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"credit_wallets": {
                  Row: {
                    "balance_count": number,"created_at": string,"description": string | null,"expires_at": string | null,"granted_on": string | null,"id": string,"kind": Database["public"]['Enums']["credit_wallet_kind"],"organization_id": string,"priority": number,"reserved_count": number,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "balance_count"?: number,"created_at"?: string,"description"?: string | null,"expires_at"?: string | null,"granted_on"?: string | null,"id"?: string,"kind": Database["public"]['Enums']["credit_wallet_kind"],"organization_id": string,"priority": number,"reserved_count"?: number,"updated_at"?: string
                  }
                  Update: {
                    "balance_count"?: number,"created_at"?: string,"description"?: string | null,"expires_at"?: string | null,"granted_on"?: string | null,"id"?: string,"kind"?: Database["public"]['Enums']["credit_wallet_kind"],"organization_id"?: string,"priority"?: number,"reserved_count"?: number,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "credit_wallets_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"custom_role_permissions": {
                  Row: {
                    "custom_role_id": string,"organization_id": string,"permission": string
                  }
                  ComputedFields: never
                  Insert: {
                    "custom_role_id": string,"organization_id": string,"permission": string
                  }
                  Update: {
                    "custom_role_id"?: string,"organization_id"?: string,"permission"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "custom_role_permissions_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "custom_role_permissions_permission_fkey"
      columns: ["permission"]
isOneToOne: false
      referencedRelation: "permissions"
      referencedColumns: ["permission"]
    },{
      foreignKeyName: "custom_role_permissions_role_is_of_organization"
      columns: ["custom_role_id","organization_id"]
isOneToOne: false
      referencedRelation: "custom_roles"
      referencedColumns: ["id","organization_id"]
    }
                  ]
                },"custom_roles": {
                  Row: {
                    "base_role": string,"created_at": string,"description": string,"id": string,"name": string,"organization_id": string,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "base_role": string,"created_at"?: string,"description"?: string,"id"?: string,"name": string,"organization_id": string,"updated_at"?: string
                  }
                  Update: {
                    "base_role"?: string,"created_at"?: string,"description"?: string,"id"?: string,"name"?: string,"organization_id"?: string,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "custom_roles_base_role_fkey"
      columns: ["base_role"]
isOneToOne: false
      referencedRelation: "roles"
      referencedColumns: ["role"]
    },{
      foreignKeyName: "custom_roles_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"document_expiries": {
                  Row: {
                    "created_at": string,"expires_on": string,"file_id": string,"organization_id": string,"reminded_days": number | null,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"expires_on": string,"file_id": string,"organization_id": string,"reminded_days"?: number | null,"updated_at"?: string
                  }
                  Update: {
                    "created_at"?: string,"expires_on"?: string,"file_id"?: string,"organization_id"?: string,"reminded_days"?: number | null,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "document_expiries_file_in_same_organization"
      columns: ["organization_id","file_id"]
isOneToOne: false
      referencedRelation: "files"
      referencedColumns: ["organization_id","id"]
    },{
      foreignKeyName: "document_expiries_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"document_renders": {
                  Row: {
                    "created_at": string,"created_by": string | null,"data_hash": string,"error_code": string | null,"error_message": string | null,"expires_on": string | null,"file_id": string | null,"id": string,"kind": string,"locale": string,"organization_id": string,"page_count": number | null,"request_key": string | null,"state": Database["public"]['Enums']["document_render_state"],"template_version_id": string,"title": string | null,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"created_by"?: string | null,"data_hash": string,"error_code"?: string | null,"error_message"?: string | null,"expires_on"?: string | null,"file_id"?: string | null,"id"?: string,"kind": string,"locale": string,"organization_id": string,"page_count"?: number | null,"request_key"?: string | null,"state"?: Database["public"]['Enums']["document_render_state"],"template_version_id": string,"title"?: string | null,"updated_at"?: string
                  }
                  Update: {
                    "created_at"?: string,"created_by"?: string | null,"data_hash"?: string,"error_code"?: string | null,"error_message"?: string | null,"expires_on"?: string | null,"file_id"?: string | null,"id"?: string,"kind"?: string,"locale"?: string,"organization_id"?: string,"page_count"?: number | null,"request_key"?: string | null,"state"?: Database["public"]['Enums']["document_render_state"],"template_version_id"?: string,"title"?: string | null,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "document_renders_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "document_renders_file_in_same_organization"
      columns: ["organization_id","file_id"]
isOneToOne: false
      referencedRelation: "files"
      referencedColumns: ["organization_id","id"]
    },{
      foreignKeyName: "document_renders_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "document_renders_template_version_id_fkey"
      columns: ["template_version_id"]
isOneToOne: false
      referencedRelation: "document_template_versions"
      referencedColumns: ["id"]
    }
                  ]
                },"document_template_versions": {
                  Row: {
                    "body_source": string,"checked_at": string | null,"created_at": string,"created_by": string | null,"id": string,"organization_id": string | null,"page_orientation": string,"page_size": string,"published_at": string | null,"retired_at": string | null,"state": Database["public"]['Enums']["document_version_state"],"template_id": string,"title_source": string,"updated_at": string,"version_number": number
                  }
                  ComputedFields: never
                  Insert: {
                    "body_source": string,"checked_at"?: string | null,"created_at"?: string,"created_by"?: string | null,"id"?: string,"organization_id"?: string | null,"page_orientation"?: string,"page_size"?: string,"published_at"?: string | null,"retired_at"?: string | null,"state"?: Database["public"]['Enums']["document_version_state"],"template_id": string,"title_source": string,"updated_at"?: string,"version_number": number
                  }
                  Update: {
                    "body_source"?: string,"checked_at"?: string | null,"created_at"?: string,"created_by"?: string | null,"id"?: string,"organization_id"?: string | null,"page_orientation"?: string,"page_size"?: string,"published_at"?: string | null,"retired_at"?: string | null,"state"?: Database["public"]['Enums']["document_version_state"],"template_id"?: string,"title_source"?: string,"updated_at"?: string,"version_number"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "document_template_versions_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "document_template_versions_template_id_fkey"
      columns: ["template_id"]
isOneToOne: false
      referencedRelation: "document_templates"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "document_template_versions_template_in_same_organization"
      columns: ["organization_id","template_id"]
isOneToOne: false
      referencedRelation: "document_templates"
      referencedColumns: ["organization_id","id"]
    }
                  ]
                },"document_templates": {
                  Row: {
                    "created_at": string,"id": string,"kind": string,"locale": string,"name": string,"organization_id": string | null,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"id"?: string,"kind": string,"locale"?: string,"name": string,"organization_id"?: string | null,"updated_at"?: string
                  }
                  Update: {
                    "created_at"?: string,"id"?: string,"kind"?: string,"locale"?: string,"name"?: string,"organization_id"?: string | null,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "document_templates_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"exports": {
                  Row: {
                    "created_at": string,"download_count": number,"expires_at": string | null,"failure_code": string | null,"failure_message": string | null,"fields": (string)[] | null,"file_path": string | null,"filters": NonNullable<Json>,"finished_at": string | null,"format": Database["public"]['Enums']["export_format"],"id": string,"job_id": number | null,"last_downloaded_at": string | null,"list": string,"organization_id": string,"request_key": string,"requested_by": string | null,"row_count": number,"service_account_id": string | null,"size_bytes": number | null,"sort": string | null,"state": Database["public"]['Enums']["export_state"],"total_count": number | null,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"download_count"?: number,"expires_at"?: string | null,"failure_code"?: string | null,"failure_message"?: string | null,"fields"?: (string)[] | null,"file_path"?: string | null,"filters"?: NonNullable<Json>,"finished_at"?: string | null,"format": Database["public"]['Enums']["export_format"],"id"?: string,"job_id"?: number | null,"last_downloaded_at"?: string | null,"list": string,"organization_id": string,"request_key": string,"requested_by"?: string | null,"row_count"?: number,"service_account_id"?: string | null,"size_bytes"?: number | null,"sort"?: string | null,"state"?: Database["public"]['Enums']["export_state"],"total_count"?: number | null,"updated_at"?: string
                  }
                  Update: {
                    "created_at"?: string,"download_count"?: number,"expires_at"?: string | null,"failure_code"?: string | null,"failure_message"?: string | null,"fields"?: (string)[] | null,"file_path"?: string | null,"filters"?: NonNullable<Json>,"finished_at"?: string | null,"format"?: Database["public"]['Enums']["export_format"],"id"?: string,"job_id"?: number | null,"last_downloaded_at"?: string | null,"list"?: string,"organization_id"?: string,"request_key"?: string,"requested_by"?: string | null,"row_count"?: number,"service_account_id"?: string | null,"size_bytes"?: number | null,"sort"?: string | null,"state"?: Database["public"]['Enums']["export_state"],"total_count"?: number | null,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "exports_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "exports_requested_by_fkey"
      columns: ["requested_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "exports_service_account_is_of_organization"
      columns: ["service_account_id","organization_id"]
isOneToOne: false
      referencedRelation: "service_accounts"
      referencedColumns: ["id","organization_id"]
    }
                  ]
                },"file_backups": {
                  Row: {
                    "created_at": string,"damaged_count": number,"file_count": number,"finished_at": string | null,"id": string,"manifest_file_id": string | null,"organization_id": string,"part_count": number,"requested_by": string | null,"size_bytes": number,"state": Database["public"]['Enums']["file_backup_state"],"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"damaged_count"?: number,"file_count"?: number,"finished_at"?: string | null,"id"?: string,"manifest_file_id"?: string | null,"organization_id": string,"part_count"?: number,"requested_by"?: string | null,"size_bytes"?: number,"state"?: Database["public"]['Enums']["file_backup_state"],"updated_at"?: string
                  }
                  Update: {
                    "created_at"?: string,"damaged_count"?: number,"file_count"?: number,"finished_at"?: string | null,"id"?: string,"manifest_file_id"?: string | null,"organization_id"?: string,"part_count"?: number,"requested_by"?: string | null,"size_bytes"?: number,"state"?: Database["public"]['Enums']["file_backup_state"],"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "file_backups_manifest_in_same_organization"
      columns: ["organization_id","manifest_file_id"]
isOneToOne: false
      referencedRelation: "files"
      referencedColumns: ["organization_id","id"]
    },{
      foreignKeyName: "file_backups_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "file_backups_requested_by_fkey"
      columns: ["requested_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"file_categories": {
                  Row: {
                    "bucket_id": string,"category": string,"description": string,"is_client_upload": boolean,"is_private": boolean,"largest_bytes": number,"media_types": (string)[],"minimum_retention_days": number | null,"retention_days": number | null
                  }
                  ComputedFields: never
                  Insert: {
                    "bucket_id": string,"category": string,"description": string,"is_client_upload"?: boolean,"is_private"?: boolean,"largest_bytes": number,"media_types": (string)[],"minimum_retention_days"?: number | null,"retention_days"?: number | null
                  }
                  Update: {
                    "bucket_id"?: string,"category"?: string,"description"?: string,"is_client_upload"?: boolean,"is_private"?: boolean,"largest_bytes"?: number,"media_types"?: (string)[],"minimum_retention_days"?: number | null,"retention_days"?: number | null
                  }
                  Relationships: [
                    
                  ]
                },"file_restores": {
                  Row: {
                    "backup_id": string,"created_at": string,"failed_count": number,"finished_at": string | null,"id": string,"organization_id": string,"requested_by": string | null,"restored_count": number,"state": Database["public"]['Enums']["file_backup_state"],"unchanged_count": number,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "backup_id": string,"created_at"?: string,"failed_count"?: number,"finished_at"?: string | null,"id"?: string,"organization_id": string,"requested_by"?: string | null,"restored_count"?: number,"state"?: Database["public"]['Enums']["file_backup_state"],"unchanged_count"?: number,"updated_at"?: string
                  }
                  Update: {
                    "backup_id"?: string,"created_at"?: string,"failed_count"?: number,"finished_at"?: string | null,"id"?: string,"organization_id"?: string,"requested_by"?: string | null,"restored_count"?: number,"state"?: Database["public"]['Enums']["file_backup_state"],"unchanged_count"?: number,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "file_restores_backup_in_same_organization"
      columns: ["organization_id","backup_id"]
isOneToOne: false
      referencedRelation: "file_backups"
      referencedColumns: ["organization_id","id"]
    },{
      foreignKeyName: "file_restores_requested_by_fkey"
      columns: ["requested_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"file_share_links": {
                  Row: {
                    "created_at": string,"created_by": string | null,"download_count": number,"download_limit": number | null,"expires_at": string,"file_id": string,"has_password": boolean,"id": string,"organization_id": string,"revoked_at": string | null,"token_prefix": string,"updated_at": string,"view_count": number
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"created_by"?: string | null,"download_count"?: number,"download_limit"?: number | null,"expires_at": string,"file_id": string,"has_password"?: boolean,"id"?: string,"organization_id": string,"revoked_at"?: string | null,"token_prefix": string,"updated_at"?: string,"view_count"?: number
                  }
                  Update: {
                    "created_at"?: string,"created_by"?: string | null,"download_count"?: number,"download_limit"?: number | null,"expires_at"?: string,"file_id"?: string,"has_password"?: boolean,"id"?: string,"organization_id"?: string,"revoked_at"?: string | null,"token_prefix"?: string,"updated_at"?: string,"view_count"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "file_share_links_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "file_share_links_file_in_same_organization"
      columns: ["organization_id","file_id"]
isOneToOne: false
      referencedRelation: "files"
      referencedColumns: ["organization_id","id"]
    }
                  ]
                },"file_share_views": {
                  Row: {
                    "address_hash": string | null,"created_at": string,"event": Database["public"]['Enums']["file_share_event"],"id": number,"link_id": string,"organization_id": string,"user_agent": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "address_hash"?: string | null,"created_at"?: string,"event": Database["public"]['Enums']["file_share_event"],"id"?: never,"link_id": string,"organization_id": string,"user_agent"?: string | null
                  }
                  Update: {
                    "address_hash"?: string | null,"created_at"?: string,"event"?: Database["public"]['Enums']["file_share_event"],"id"?: never,"link_id"?: string,"organization_id"?: string,"user_agent"?: string | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "file_share_views_link_in_same_organization"
      columns: ["organization_id","link_id"]
isOneToOne: false
      referencedRelation: "file_share_links"
      referencedColumns: ["organization_id","id"]
    }
                  ]
                },"file_versions": {
                  Row: {
                    "bucket_id": string,"checksum": string | null,"created_at": string,"file_id": string,"finding": string | null,"id": string,"is_trusted": boolean,"media_type": string,"object_path": string,"organization_id": string,"scanned_at": string | null,"scanned_by": string | null,"size_bytes": number,"state": Database["public"]['Enums']["file_state"],"updated_at": string,"uploaded_by": string | null,"version_number": number
                  }
                  ComputedFields: never
                  Insert: {
                    "bucket_id": string,"checksum"?: string | null,"created_at"?: string,"file_id": string,"finding"?: string | null,"id"?: string,"is_trusted"?: boolean,"media_type": string,"object_path": string,"organization_id": string,"scanned_at"?: string | null,"scanned_by"?: string | null,"size_bytes": number,"state"?: Database["public"]['Enums']["file_state"],"updated_at"?: string,"uploaded_by"?: string | null,"version_number": number
                  }
                  Update: {
                    "bucket_id"?: string,"checksum"?: string | null,"created_at"?: string,"file_id"?: string,"finding"?: string | null,"id"?: string,"is_trusted"?: boolean,"media_type"?: string,"object_path"?: string,"organization_id"?: string,"scanned_at"?: string | null,"scanned_by"?: string | null,"size_bytes"?: number,"state"?: Database["public"]['Enums']["file_state"],"updated_at"?: string,"uploaded_by"?: string | null,"version_number"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "file_versions_file_in_same_organization"
      columns: ["organization_id","file_id"]
isOneToOne: false
      referencedRelation: "files"
      referencedColumns: ["organization_id","id"]
    },{
      foreignKeyName: "file_versions_uploaded_by_fkey"
      columns: ["uploaded_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"files": {
                  Row: {
                    "bucket_id": string,"category": string,"checksum": string | null,"created_at": string,"deleted_at": string | null,"download_count": number,"expires_at": string | null,"id": string,"is_private": boolean,"last_downloaded_at": string | null,"media_type": string,"name": string,"organization_id": string,"retention_ends_at": string | null,"size_bytes": number,"state": Database["public"]['Enums']["file_state"],"updated_at": string,"uploaded_by": string | null,"version_number": number
                  }
                  ComputedFields: never
                  Insert: {
                    "bucket_id": string,"category": string,"checksum"?: string | null,"created_at"?: string,"deleted_at"?: string | null,"download_count"?: number,"expires_at"?: string | null,"id"?: string,"is_private": boolean,"last_downloaded_at"?: string | null,"media_type": string,"name": string,"organization_id": string,"retention_ends_at"?: string | null,"size_bytes": number,"state"?: Database["public"]['Enums']["file_state"],"updated_at"?: string,"uploaded_by"?: string | null,"version_number"?: number
                  }
                  Update: {
                    "bucket_id"?: string,"category"?: string,"checksum"?: string | null,"created_at"?: string,"deleted_at"?: string | null,"download_count"?: number,"expires_at"?: string | null,"id"?: string,"is_private"?: boolean,"last_downloaded_at"?: string | null,"media_type"?: string,"name"?: string,"organization_id"?: string,"retention_ends_at"?: string | null,"size_bytes"?: number,"state"?: Database["public"]['Enums']["file_state"],"updated_at"?: string,"uploaded_by"?: string | null,"version_number"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "files_category_is_of_bucket"
      columns: ["category","bucket_id"]
isOneToOne: false
      referencedRelation: "file_categories"
      referencedColumns: ["category","bucket_id"]
    },{
      foreignKeyName: "files_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "files_uploaded_by_fkey"
      columns: ["uploaded_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"import_errors": {
                  Row: {
                    "code": string,"created_at": string,"field": string | null,"id": number,"import_id": string,"message": string,"organization_id": string,"row_number": number,"value": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "code": string,"created_at"?: string,"field"?: string | null,"id"?: never,"import_id": string,"message": string,"organization_id": string,"row_number": number,"value"?: string | null
                  }
                  Update: {
                    "code"?: string,"created_at"?: string,"field"?: string | null,"id"?: never,"import_id"?: string,"message"?: string,"organization_id"?: string,"row_number"?: number,"value"?: string | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "import_errors_import_in_same_organization"
      columns: ["organization_id","import_id"]
isOneToOne: false
      referencedRelation: "imports"
      referencedColumns: ["organization_id","id"]
    }
                  ]
                },"import_types": {
                  Row: {
                    "fields": NonNullable<Json>,"import_type": string,"label": string,"permission": string,"take_function": string,"undo_function": string
                  }
                  ComputedFields: never
                  Insert: {
                    "fields": NonNullable<Json>,"import_type": string,"label": string,"permission": string,"take_function": string,"undo_function": string
                  }
                  Update: {
                    "fields"?: NonNullable<Json>,"import_type"?: string,"label"?: string,"permission"?: string,"take_function"?: string,"undo_function"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "import_types_permission_fkey"
      columns: ["permission"]
isOneToOne: false
      referencedRelation: "permissions"
      referencedColumns: ["permission"]
    }
                  ]
                },"imports": {
                  Row: {
                    "check_result": Json | null,"columns": NonNullable<Json>,"conflict_rule": Database["public"]['Enums']["import_conflict_rule"],"cpu_ms": number,"created_at": string,"created_by": string | null,"done_bytes": number,"error_code": string | null,"error_hint": string | null,"error_message": string | null,"expires_at": string | null,"failed_count": number,"file_id": string | null,"finished_at": string | null,"format": Json | null,"format_choice": NonNullable<Json>,"id": string,"import_type": string,"inserted_count": number,"job_id": number | null,"kept_count": number,"mapping": NonNullable<Json>,"most_step_cpu_ms": number,"name": string,"organization_id": string,"preview": Json | null,"read_count": number,"run_number": number,"sample": NonNullable<Json>,"service_account_id": string | null,"size_bytes": number,"skipped_count": number,"started_at": string | null,"state": Database["public"]['Enums']["import_state"],"undone_count": number,"updated_at": string,"updated_count": number
                  }
                  ComputedFields: never
                  Insert: {
                    "check_result"?: Json | null,"columns"?: NonNullable<Json>,"conflict_rule"?: Database["public"]['Enums']["import_conflict_rule"],"cpu_ms"?: number,"created_at"?: string,"created_by"?: string | null,"done_bytes"?: number,"error_code"?: string | null,"error_hint"?: string | null,"error_message"?: string | null,"expires_at"?: string | null,"failed_count"?: number,"file_id"?: string | null,"finished_at"?: string | null,"format"?: Json | null,"format_choice"?: NonNullable<Json>,"id"?: string,"import_type": string,"inserted_count"?: number,"job_id"?: number | null,"kept_count"?: number,"mapping"?: NonNullable<Json>,"most_step_cpu_ms"?: number,"name": string,"organization_id": string,"preview"?: Json | null,"read_count"?: number,"run_number"?: number,"sample"?: NonNullable<Json>,"service_account_id"?: string | null,"size_bytes"?: number,"skipped_count"?: number,"started_at"?: string | null,"state"?: Database["public"]['Enums']["import_state"],"undone_count"?: number,"updated_at"?: string,"updated_count"?: number
                  }
                  Update: {
                    "check_result"?: Json | null,"columns"?: NonNullable<Json>,"conflict_rule"?: Database["public"]['Enums']["import_conflict_rule"],"cpu_ms"?: number,"created_at"?: string,"created_by"?: string | null,"done_bytes"?: number,"error_code"?: string | null,"error_hint"?: string | null,"error_message"?: string | null,"expires_at"?: string | null,"failed_count"?: number,"file_id"?: string | null,"finished_at"?: string | null,"format"?: Json | null,"format_choice"?: NonNullable<Json>,"id"?: string,"import_type"?: string,"inserted_count"?: number,"job_id"?: number | null,"kept_count"?: number,"mapping"?: NonNullable<Json>,"most_step_cpu_ms"?: number,"name"?: string,"organization_id"?: string,"preview"?: Json | null,"read_count"?: number,"run_number"?: number,"sample"?: NonNullable<Json>,"service_account_id"?: string | null,"size_bytes"?: number,"skipped_count"?: number,"started_at"?: string | null,"state"?: Database["public"]['Enums']["import_state"],"undone_count"?: number,"updated_at"?: string,"updated_count"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "imports_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "imports_file_in_same_organization"
      columns: ["organization_id","file_id"]
isOneToOne: false
      referencedRelation: "files"
      referencedColumns: ["organization_id","id"]
    },{
      foreignKeyName: "imports_import_type_fkey"
      columns: ["import_type"]
isOneToOne: false
      referencedRelation: "import_types"
      referencedColumns: ["import_type"]
    },{
      foreignKeyName: "imports_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "imports_service_account_id_fkey"
      columns: ["service_account_id"]
isOneToOne: false
      referencedRelation: "service_accounts"
      referencedColumns: ["id"]
    }
                  ]
                },"invitations": {
                  Row: {
                    "accepted_by": string | null,"binding_id": string | null,"binding_kind": string | null,"created_at": string,"custom_role_id": string | null,"email": string,"ended_at": string | null,"expires_at": string,"id": string,"invited_by": string | null,"kind": Database["public"]['Enums']["invitation_kind"],"last_sent_at": string | null,"organization_id": string,"resendable_at": string,"role": string,"sent_count": number,"status": Database["public"]['Enums']["invitation_status"],"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "accepted_by"?: string | null,"binding_id"?: string | null,"binding_kind"?: string | null,"created_at"?: string,"custom_role_id"?: string | null,"email": string,"ended_at"?: string | null,"expires_at": string,"id"?: string,"invited_by"?: string | null,"kind"?: Database["public"]['Enums']["invitation_kind"],"last_sent_at"?: string | null,"organization_id": string,"resendable_at"?: string,"role": string,"sent_count"?: number,"status"?: Database["public"]['Enums']["invitation_status"],"updated_at"?: string
                  }
                  Update: {
                    "accepted_by"?: string | null,"binding_id"?: string | null,"binding_kind"?: string | null,"created_at"?: string,"custom_role_id"?: string | null,"email"?: string,"ended_at"?: string | null,"expires_at"?: string,"id"?: string,"invited_by"?: string | null,"kind"?: Database["public"]['Enums']["invitation_kind"],"last_sent_at"?: string | null,"organization_id"?: string,"resendable_at"?: string,"role"?: string,"sent_count"?: number,"status"?: Database["public"]['Enums']["invitation_status"],"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "invitations_accepted_by_fkey"
      columns: ["accepted_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "invitations_custom_role_is_of_organization_and_rank"
      columns: ["custom_role_id","organization_id","role"]
isOneToOne: false
      referencedRelation: "custom_roles"
      referencedColumns: ["id","organization_id","base_role"]
    },{
      foreignKeyName: "invitations_invited_by_fkey"
      columns: ["invited_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "invitations_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "invitations_role_fkey"
      columns: ["role"]
isOneToOne: false
      referencedRelation: "roles"
      referencedColumns: ["role"]
    }
                  ]
                },"memberships": {
                  Row: {
                    "created_at": string,"custom_role_id": string | null,"id": string,"organization_id": string,"role": string,"service_account_id": string | null,"status": Database["public"]['Enums']["membership_status"],"updated_at": string,"user_id": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"custom_role_id"?: string | null,"id"?: string,"organization_id": string,"role": string,"service_account_id"?: string | null,"status"?: Database["public"]['Enums']["membership_status"],"updated_at"?: string,"user_id"?: string | null
                  }
                  Update: {
                    "created_at"?: string,"custom_role_id"?: string | null,"id"?: string,"organization_id"?: string,"role"?: string,"service_account_id"?: string | null,"status"?: Database["public"]['Enums']["membership_status"],"updated_at"?: string,"user_id"?: string | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "memberships_custom_role_is_of_organization_and_rank"
      columns: ["custom_role_id","organization_id","role"]
isOneToOne: false
      referencedRelation: "custom_roles"
      referencedColumns: ["id","organization_id","base_role"]
    },{
      foreignKeyName: "memberships_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "memberships_role_fkey"
      columns: ["role"]
isOneToOne: false
      referencedRelation: "roles"
      referencedColumns: ["role"]
    },{
      foreignKeyName: "memberships_service_account_is_of_organization"
      columns: ["service_account_id","organization_id"]
isOneToOne: false
      referencedRelation: "service_accounts"
      referencedColumns: ["id","organization_id"]
    },{
      foreignKeyName: "memberships_user_id_fkey"
      columns: ["user_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"onboarding_steps": {
                  Row: {
                    "description": string,"kinds": (Database["public"]['Enums']["organization_kind"])[],"position": number,"step": string,"title": string,"topics": (string)[]
                  }
                  ComputedFields: never
                  Insert: {
                    "description": string,"kinds": (Database["public"]['Enums']["organization_kind"])[],"position": number,"step": string,"title": string,"topics"?: (string)[]
                  }
                  Update: {
                    "description"?: string,"kinds"?: (Database["public"]['Enums']["organization_kind"])[],"position"?: number,"step"?: string,"title"?: string,"topics"?: (string)[]
                  }
                  Relationships: [
                    
                  ]
                },"organizations": {
                  Row: {
                    "billing_email": string | null,"country": string | null,"created_at": string,"created_by": string | null,"currency": string,"deleted_at": string | null,"id": string,"is_second_factor_required": boolean,"kind": Database["public"]['Enums']["organization_kind"],"logo_path": string | null,"mail_footer": string | null,"name": string,"owner_count": number,"primary_color": string | null,"secondary_color": string | null,"slug": string,"status": Database["public"]['Enums']["organization_status"],"suspended_at": string | null,"suspension_reason": string | null,"time_zone": string,"topic_epoch": number,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "billing_email"?: string | null,"country"?: string | null,"created_at"?: string,"created_by"?: string | null,"currency"?: string,"deleted_at"?: string | null,"id"?: string,"is_second_factor_required"?: boolean,"kind"?: Database["public"]['Enums']["organization_kind"],"logo_path"?: string | null,"mail_footer"?: string | null,"name": string,"owner_count"?: number,"primary_color"?: string | null,"secondary_color"?: string | null,"slug": string,"status"?: never,"suspended_at"?: string | null,"suspension_reason"?: string | null,"time_zone"?: string,"topic_epoch"?: number,"updated_at"?: string
                  }
                  Update: {
                    "billing_email"?: string | null,"country"?: string | null,"created_at"?: string,"created_by"?: string | null,"currency"?: string,"deleted_at"?: string | null,"id"?: string,"is_second_factor_required"?: boolean,"kind"?: Database["public"]['Enums']["organization_kind"],"logo_path"?: string | null,"mail_footer"?: string | null,"name"?: string,"owner_count"?: number,"primary_color"?: string | null,"secondary_color"?: string | null,"slug"?: string,"status"?: never,"suspended_at"?: string | null,"suspension_reason"?: string | null,"time_zone"?: string,"topic_epoch"?: number,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "organizations_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"ownership_transfers": {
                  Row: {
                    "created_at": string,"ended_at": string | null,"expires_at": string,"from_user_id": string,"id": string,"organization_id": string,"status": Database["public"]['Enums']["ownership_transfer_status"],"to_user_id": string,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"ended_at"?: string | null,"expires_at": string,"from_user_id": string,"id"?: string,"organization_id": string,"status"?: Database["public"]['Enums']["ownership_transfer_status"],"to_user_id": string,"updated_at"?: string
                  }
                  Update: {
                    "created_at"?: string,"ended_at"?: string | null,"expires_at"?: string,"from_user_id"?: string,"id"?: string,"organization_id"?: string,"status"?: Database["public"]['Enums']["ownership_transfer_status"],"to_user_id"?: string,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "ownership_transfers_from_user_id_fkey"
      columns: ["from_user_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "ownership_transfers_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "ownership_transfers_to_user_id_fkey"
      columns: ["to_user_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"permissions": {
                  Row: {
                    "description": string,"is_kept_on_suspension": boolean,"is_kept_without_second_factor": boolean,"is_open_to_apps": boolean,"permission": string
                  }
                  ComputedFields: never
                  Insert: {
                    "description": string,"is_kept_on_suspension"?: boolean,"is_kept_without_second_factor"?: boolean,"is_open_to_apps"?: boolean,"permission": string
                  }
                  Update: {
                    "description"?: string,"is_kept_on_suspension"?: boolean,"is_kept_without_second_factor"?: boolean,"is_open_to_apps"?: boolean,"permission"?: string
                  }
                  Relationships: [
                    
                  ]
                },"personal_exports": {
                  Row: {
                    "created_at": string,"expires_at": string | null,"file_path": string | null,"id": string,"size_bytes": number | null,"state": Database["public"]['Enums']["personal_export_state"],"updated_at": string,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"expires_at"?: string | null,"file_path"?: string | null,"id"?: string,"size_bytes"?: number | null,"state"?: Database["public"]['Enums']["personal_export_state"],"updated_at"?: string,"user_id": string
                  }
                  Update: {
                    "created_at"?: string,"expires_at"?: string | null,"file_path"?: string | null,"id"?: string,"size_bytes"?: number | null,"state"?: Database["public"]['Enums']["personal_export_state"],"updated_at"?: string,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "personal_exports_user_id_fkey"
      columns: ["user_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"profile_details": {
                  Row: {
                    "created_at": string,"field_sources": NonNullable<Json>,"phone": string | null,"phone_verified_at": string | null,"picture_url": string | null,"updated_at": string,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"field_sources"?: NonNullable<Json>,"phone"?: string | null,"phone_verified_at"?: string | null,"picture_url"?: string | null,"updated_at"?: string,"user_id": string
                  }
                  Update: {
                    "created_at"?: string,"field_sources"?: NonNullable<Json>,"phone"?: string | null,"phone_verified_at"?: string | null,"picture_url"?: string | null,"updated_at"?: string,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "profile_details_user_id_fkey"
      columns: ["user_id"]
isOneToOne: true
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"profiles": {
                  Row: {
                    "avatar_path": string | null,"company": string | null,"created_at": string,"deleted_at": string | null,"display_name": string,"headline": string | null,"hidden_until_at": string | null,"id": string,"links": NonNullable<Json>,"locale": string,"location": string | null,"position": string | null,"time_zone": string,"updated_at": string,"visibility": Database["public"]['Enums']["profile_visibility"]
                  }
                  ComputedFields: never
                  Insert: {
                    "avatar_path"?: string | null,"company"?: string | null,"created_at"?: string,"deleted_at"?: string | null,"display_name": string,"headline"?: string | null,"hidden_until_at"?: string | null,"id": string,"links"?: NonNullable<Json>,"locale"?: string,"location"?: string | null,"position"?: string | null,"time_zone"?: string,"updated_at"?: string,"visibility"?: Database["public"]['Enums']["profile_visibility"]
                  }
                  Update: {
                    "avatar_path"?: string | null,"company"?: string | null,"created_at"?: string,"deleted_at"?: string | null,"display_name"?: string,"headline"?: string | null,"hidden_until_at"?: string | null,"id"?: string,"links"?: NonNullable<Json>,"locale"?: string,"location"?: string | null,"position"?: string | null,"time_zone"?: string,"updated_at"?: string,"visibility"?: Database["public"]['Enums']["profile_visibility"]
                  }
                  Relationships: [
                    
                  ]
                },"role_permissions": {
                  Row: {
                    "permission": string,"role": string
                  }
                  ComputedFields: never
                  Insert: {
                    "permission": string,"role": string
                  }
                  Update: {
                    "permission"?: string,"role"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "role_permissions_permission_fkey"
      columns: ["permission"]
isOneToOne: false
      referencedRelation: "permissions"
      referencedColumns: ["permission"]
    },{
      foreignKeyName: "role_permissions_role_fkey"
      columns: ["role"]
isOneToOne: false
      referencedRelation: "roles"
      referencedColumns: ["role"]
    }
                  ]
                },"roles": {
                  Row: {
                    "description": string,"is_outsider": boolean,"rank": number,"role": string
                  }
                  ComputedFields: never
                  Insert: {
                    "description": string,"is_outsider"?: boolean,"rank": number,"role": string
                  }
                  Update: {
                    "description"?: string,"is_outsider"?: boolean,"rank"?: number,"role"?: string
                  }
                  Relationships: [
                    
                  ]
                },"service_accounts": {
                  Row: {
                    "created_at": string,"created_by": string | null,"description": string,"disabled_at": string | null,"id": string,"name": string,"organization_id": string,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"created_by"?: string | null,"description"?: string,"disabled_at"?: string | null,"id"?: string,"name": string,"organization_id": string,"updated_at"?: string
                  }
                  Update: {
                    "created_at"?: string,"created_by"?: string | null,"description"?: string,"disabled_at"?: string | null,"id"?: string,"name"?: string,"organization_id"?: string,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "service_accounts_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "service_accounts_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"usage_days": {
                  Row: {
                    "created_at": string,"day_on": string,"limit_count": number | null,"metric": string,"organization_id": string,"overage_count": number,"peak_count": number,"quantity": number,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"day_on": string,"limit_count"?: number | null,"metric": string,"organization_id": string,"overage_count"?: number,"peak_count": number,"quantity": number,"updated_at"?: string
                  }
                  Update: {
                    "created_at"?: string,"day_on"?: string,"limit_count"?: number | null,"metric"?: string,"organization_id"?: string,"overage_count"?: number,"peak_count"?: number,"quantity"?: number,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "usage_days_metric_fkey"
      columns: ["metric"]
isOneToOne: false
      referencedRelation: "usage_metrics"
      referencedColumns: ["metric"]
    },{
      foreignKeyName: "usage_days_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"usage_metrics": {
                  Row: {
                    "description": string,"kind": Database["public"]['Enums']["usage_metric_kind"],"limit_key": string | null,"limit_span": Database["public"]['Enums']["usage_limit_span"] | null,"metric": string,"unit": string
                  }
                  ComputedFields: never
                  Insert: {
                    "description": string,"kind": Database["public"]['Enums']["usage_metric_kind"],"limit_key"?: string | null,"limit_span"?: Database["public"]['Enums']["usage_limit_span"] | null,"metric": string,"unit": string
                  }
                  Update: {
                    "description"?: string,"kind"?: Database["public"]['Enums']["usage_metric_kind"],"limit_key"?: string | null,"limit_span"?: Database["public"]['Enums']["usage_limit_span"] | null,"metric"?: string,"unit"?: string
                  }
                  Relationships: [
                    
                  ]
                },"user_onboarding": {
                  Row: {
                    "created_at": string,"organization_id": string,"state": Database["public"]['Enums']["onboarding_step_state"],"step": string,"updated_at": string,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"organization_id": string,"state": Database["public"]['Enums']["onboarding_step_state"],"step": string,"updated_at"?: string,"user_id": string
                  }
                  Update: {
                    "created_at"?: string,"organization_id"?: string,"state"?: Database["public"]['Enums']["onboarding_step_state"],"step"?: string,"updated_at"?: string,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "user_onboarding_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "user_onboarding_step_fkey"
      columns: ["step"]
isOneToOne: false
      referencedRelation: "onboarding_steps"
      referencedColumns: ["step"]
    },{
      foreignKeyName: "user_onboarding_user_id_fkey"
      columns: ["user_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"webhook_deliveries": {
                  Row: {
                    "attempt_count": number,"attempts_left_count": number,"created_at": string,"endpoint_id": string,"finished_at": string | null,"id": string,"last_error": string | null,"message_id": string,"next_attempt_at": string | null,"organization_id": string,"response_status": number | null,"status": Database["public"]['Enums']["webhook_delivery_status"],"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "attempt_count"?: number,"attempts_left_count"?: number,"created_at"?: string,"endpoint_id": string,"finished_at"?: string | null,"id"?: string,"last_error"?: string | null,"message_id": string,"next_attempt_at"?: string | null,"organization_id": string,"response_status"?: number | null,"status"?: Database["public"]['Enums']["webhook_delivery_status"],"updated_at"?: string
                  }
                  Update: {
                    "attempt_count"?: number,"attempts_left_count"?: number,"created_at"?: string,"endpoint_id"?: string,"finished_at"?: string | null,"id"?: string,"last_error"?: string | null,"message_id"?: string,"next_attempt_at"?: string | null,"organization_id"?: string,"response_status"?: number | null,"status"?: Database["public"]['Enums']["webhook_delivery_status"],"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "webhook_deliveries_endpoint_in_same_organization"
      columns: ["organization_id","endpoint_id"]
isOneToOne: false
      referencedRelation: "webhook_endpoints"
      referencedColumns: ["organization_id","id"]
    },{
      foreignKeyName: "webhook_deliveries_message_in_same_organization"
      columns: ["organization_id","message_id"]
isOneToOne: false
      referencedRelation: "webhook_messages"
      referencedColumns: ["organization_id","id"]
    },{
      foreignKeyName: "webhook_deliveries_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"webhook_delivery_attempts": {
                  Row: {
                    "attempt": number,"attempted_at": string,"created_at": string,"delivery_id": string,"duration_ms": number,"error": string | null,"organization_id": string,"response_body": string | null,"response_status": number | null
                  }
                  ComputedFields: never
                  Insert: {
                    "attempt": number,"attempted_at": string,"created_at"?: string,"delivery_id": string,"duration_ms": number,"error"?: string | null,"organization_id": string,"response_body"?: string | null,"response_status"?: number | null
                  }
                  Update: {
                    "attempt"?: number,"attempted_at"?: string,"created_at"?: string,"delivery_id"?: string,"duration_ms"?: number,"error"?: string | null,"organization_id"?: string,"response_body"?: string | null,"response_status"?: number | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "webhook_delivery_attempts_delivery_in_same_organization"
      columns: ["organization_id","delivery_id"]
isOneToOne: false
      referencedRelation: "webhook_deliveries"
      referencedColumns: ["organization_id","id"]
    },{
      foreignKeyName: "webhook_delivery_attempts_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"webhook_endpoints": {
                  Row: {
                    "created_at": string,"created_by": string | null,"description": string,"disabled_at": string | null,"disabled_reason": Database["public"]['Enums']["webhook_disabled_reason"] | null,"first_failed_at": string | null,"id": string,"is_active": boolean,"organization_id": string,"topic_patterns": (string)[],"updated_at": string,"url": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"created_by"?: string | null,"description"?: string,"disabled_at"?: string | null,"disabled_reason"?: Database["public"]['Enums']["webhook_disabled_reason"] | null,"first_failed_at"?: string | null,"id"?: string,"is_active"?: boolean,"organization_id": string,"topic_patterns": (string)[],"updated_at"?: string,"url": string
                  }
                  Update: {
                    "created_at"?: string,"created_by"?: string | null,"description"?: string,"disabled_at"?: string | null,"disabled_reason"?: Database["public"]['Enums']["webhook_disabled_reason"] | null,"first_failed_at"?: string | null,"id"?: string,"is_active"?: boolean,"organization_id"?: string,"topic_patterns"?: (string)[],"updated_at"?: string,"url"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "webhook_endpoints_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "webhook_endpoints_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"webhook_event_types": {
                  Row: {
                    "description": string,"example": NonNullable<Json>,"topic": string
                  }
                  ComputedFields: never
                  Insert: {
                    "description": string,"example": NonNullable<Json>,"topic": string
                  }
                  Update: {
                    "description"?: string,"example"?: NonNullable<Json>,"topic"?: string
                  }
                  Relationships: [
                    
                  ]
                },"webhook_messages": {
                  Row: {
                    "created_at": string,"id": string,"job_id": number | null,"occurred_at": string,"organization_id": string,"payload": NonNullable<Json>,"topic": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"id"?: string,"job_id"?: number | null,"occurred_at": string,"organization_id": string,"payload": NonNullable<Json>,"topic": string
                  }
                  Update: {
                    "created_at"?: string,"id"?: string,"job_id"?: number | null,"occurred_at"?: string,"organization_id"?: string,"payload"?: NonNullable<Json>,"topic"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "webhook_messages_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                }
          }
          Views: {
            "members": {
                  Row: {
                    "avatar_path": string | null,"created_at": string,"custom_role_id": string | null,"display_name": string | null,"id": string,"organization_id": string,"role": string,"service_account_id": string | null,"status": Database["public"]['Enums']["membership_status"],"updated_at": string,"user_id": string | null
                  }
                  ComputedFields: never
                  Relationships: [
                    {
      foreignKeyName: "memberships_custom_role_is_of_organization_and_rank"
      columns: ["custom_role_id","organization_id","role"]
isOneToOne: false
      referencedRelation: "custom_roles"
      referencedColumns: ["id","organization_id","base_role"]
    },{
      foreignKeyName: "memberships_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "memberships_role_fkey"
      columns: ["role"]
isOneToOne: false
      referencedRelation: "roles"
      referencedColumns: ["role"]
    },{
      foreignKeyName: "memberships_service_account_is_of_organization"
      columns: ["service_account_id","organization_id"]
isOneToOne: false
      referencedRelation: "service_accounts"
      referencedColumns: ["id","organization_id"]
    },{
      foreignKeyName: "memberships_user_id_fkey"
      columns: ["user_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"user_actions": {
                  Row: {
                    "action": string,"changes": Json | null,"id": number,"ip_address": unknown,"object_id": string | null,"object_type": string,"occurred_at": string,"organization_id": string | null,"request_id": string | null,"user_agent": string | null,"user_id": string | null
                  }
                  ComputedFields: never
                  Insert: {
                           "action"?: string | null,"changes"?: Json | null,"id"?: number | null,"ip_address"?: unknown,"object_id"?: string | null,"object_type"?: string | null,"occurred_at"?: string | null,"organization_id"?: string | null,"request_id"?: string | null,"user_agent"?: string | null,"user_id"?: string | null
                         }
                        Update: {
                           "action"?: string | null,"changes"?: Json | null,"id"?: number | null,"ip_address"?: unknown,"object_id"?: string | null,"object_type"?: string | null,"occurred_at"?: string | null,"organization_id"?: string | null,"request_id"?: string | null,"user_agent"?: string | null,"user_id"?: string | null
                         }
                        Relationships: [
                    
                  ]
                }
          }
          Functions: {
            "abandon_upload":
{ Args: { "file_id": string,"version_number": number }; Returns: boolean
                           },
"accept_invitation":
{ Args: { "token": string }; Returns: Database["public"]['CompositeTypes']["accepted_invitation"]
                          SetofOptions: {
        from: "*"
        to: "accepted_invitation"
        isOneToOne: true
        isSetofReturn: false
      } },
"accept_ownership_transfer":
{ Args: { "transfer_id": string }; Returns: {
              "created_at": string,
"ended_at": string | null,
"expires_at": string,
"from_user_id": string,
"id": string,
"organization_id": string,
"status": Database["public"]['Enums']["ownership_transfer_status"],
"to_user_id": string,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "ownership_transfers"
        isOneToOne: true
        isSetofReturn: false
      } },
"acknowledge_alert":
{ Args: { "alert_id": string }; Returns: string
                           },
"add_backup_part":
{ Args: { "backup_id": string,"entries": Json,"part_number": number }; Returns: boolean
                           },
"add_member":
{ Args: { "organization_id": string,"role"?: string,"user_id": string }; Returns: {
              "created_at": string,
"custom_role_id": string | null,
"id": string,
"organization_id": string,
"role": string,
"service_account_id": string | null,
"status": Database["public"]['Enums']["membership_status"],
"updated_at": string,
"user_id": string | null
            }
                          SetofOptions: {
        from: "*"
        to: "memberships"
        isOneToOne: true
        isSetofReturn: false
      } },
"add_restored_part":
{ Args: { "failed": number,"part_number": number,"restore_id": string,"restored": number,"unchanged": number }; Returns: undefined
                           },
"admin_approve_person":
{ Args: { "user_id": string }; Returns: Database["public"]['CompositeTypes']["admin_person"]
                          SetofOptions: {
        from: "*"
        to: "admin_person"
        isOneToOne: true
        isSetofReturn: false
      } },
"admin_ban_person":
{ Args: { "banned_until"?: string,"reason": string,"user_id": string }; Returns: Database["public"]['CompositeTypes']["admin_person"]
                          SetofOptions: {
        from: "*"
        to: "admin_person"
        isOneToOne: true
        isSetofReturn: false
      } },
"admin_end_impersonation":
{ Args: { "impersonation_id": string }; Returns: string
                           },
"admin_get_person":
{ Args: { "user_id": string }; Returns: Json
                           },
"admin_list_apps":
{ Args: Record<PropertyKey, never>; Returns: Database["public"]['CompositeTypes']["registered_app"][]
                          SetofOptions: {
        from: "*"
        to: "registered_app"
        isOneToOne: false
        isSetofReturn: true
      } },
"admin_list_organizations":
{ Args: { "after_id"?: string,"kind"?: Database["public"]['Enums']["organization_kind"],"page_size"?: number,"search"?: string,"status"?: Database["public"]['Enums']["organization_status"] }; Returns: {
              "billing_email": string | null,
"country": string | null,
"created_at": string,
"created_by": string | null,
"currency": string,
"deleted_at": string | null,
"id": string,
"is_second_factor_required": boolean,
"kind": Database["public"]['Enums']["organization_kind"],
"logo_path": string | null,
"mail_footer": string | null,
"name": string,
"owner_count": number,
"primary_color": string | null,
"secondary_color": string | null,
"slug": string,
"status": Database["public"]['Enums']["organization_status"],
"suspended_at": string | null,
"suspension_reason": string | null,
"time_zone": string,
"topic_epoch": number,
"updated_at": string
            }[]
                          SetofOptions: {
        from: "*"
        to: "organizations"
        isOneToOne: false
        isSetofReturn: true
      } },
"admin_list_people":
{ Args: { "after_id"?: string,"page_size"?: number,"search"?: string,"state"?: Database["public"]['Enums']["account_state"] }; Returns: Database["public"]['CompositeTypes']["admin_person"][]
                          SetofOptions: {
        from: "*"
        to: "admin_person"
        isOneToOne: false
        isSetofReturn: true
      } },
"admin_register_app":
{ Args: { "client_id": string,"permissions": (string)[] }; Returns: Database["public"]['CompositeTypes']["registered_app"]
                          SetofOptions: {
        from: "*"
        to: "registered_app"
        isOneToOne: true
        isSetofReturn: false
      } },
"admin_remove_app":
{ Args: { "client_id": string }; Returns: undefined
                           },
"admin_request_impersonation":
{ Args: { "reason": string,"user_id": string }; Returns: string
                           },
"admin_set_membership":
{ Args: { "organization_id": string,"reason": string,"role": string,"user_id": string }; Returns: {
              "created_at": string,
"custom_role_id": string | null,
"id": string,
"organization_id": string,
"role": string,
"service_account_id": string | null,
"status": Database["public"]['Enums']["membership_status"],
"updated_at": string,
"user_id": string | null
            }
                          SetofOptions: {
        from: "*"
        to: "memberships"
        isOneToOne: true
        isSetofReturn: false
      } },
"admin_unban_person":
{ Args: { "user_id": string }; Returns: Database["public"]['CompositeTypes']["admin_person"]
                          SetofOptions: {
        from: "*"
        to: "admin_person"
        isOneToOne: true
        isSetofReturn: false
      } },
"attach_razorpay_order":
{ Args: { "checkout_id": string,"order_id": string }; Returns: string
                           },
"begin_document_file":
{ Args: { "checksum": string,"render_id": string,"title": string }; Returns: Json
                           },
"begin_export":
{ Args: { "export_id": string }; Returns: Json
                           },
"begin_file_backup":
{ Args: { "backup_id": string }; Returns: {
              "created_at": string,
"damaged_count": number,
"file_count": number,
"finished_at": string | null,
"id": string,
"manifest_file_id": string | null,
"organization_id": string,
"part_count": number,
"requested_by": string | null,
"size_bytes": number,
"state": Database["public"]['Enums']["file_backup_state"],
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "file_backups"
        isOneToOne: true
        isSetofReturn: false
      } },
"begin_idempotent_request":
{ Args: { "caller": string,"key": string,"lease_seconds"?: number,"request_hash": string }; Returns: {
              "answer_body": string,"answer_headers": Json,"answer_status": number,"lease_id": string,"outcome": string,"retry_after_seconds": number
            }[]
                           },
"begin_sign_in":
{ Args: { "account": string }; Returns: number
                           },
"begin_upload":
{ Args: { "category": string,"media_type": string,"name": string,"organization_id": string,"size_bytes": number }; Returns: {
              "bucket_id": string,
"checksum": string | null,
"created_at": string,
"file_id": string,
"finding": string | null,
"id": string,
"is_trusted": boolean,
"media_type": string,
"object_path": string,
"organization_id": string,
"scanned_at": string | null,
"scanned_by": string | null,
"size_bytes": number,
"state": Database["public"]['Enums']["file_state"],
"updated_at": string,
"uploaded_by": string | null,
"version_number": number
            }
                          SetofOptions: {
        from: "*"
        to: "file_versions"
        isOneToOne: true
        isSetofReturn: false
      } },
"begin_version":
{ Args: { "file_id": string,"media_type": string,"size_bytes": number }; Returns: {
              "bucket_id": string,
"checksum": string | null,
"created_at": string,
"file_id": string,
"finding": string | null,
"id": string,
"is_trusted": boolean,
"media_type": string,
"object_path": string,
"organization_id": string,
"scanned_at": string | null,
"scanned_by": string | null,
"size_bytes": number,
"state": Database["public"]['Enums']["file_state"],
"updated_at": string,
"uploaded_by": string | null,
"version_number": number
            }
                          SetofOptions: {
        from: "*"
        to: "file_versions"
        isOneToOne: true
        isSetofReturn: false
      } },
"bind_wallet":
{ Args: { "address": string,"chain_id": number,"nonce": string,"organization_id": string,"requested_by": string }; Returns: {
              "problem": string,"wallet_id": string
            }[]
                           },
"cancel_export":
{ Args: { "export_id": string }; Returns: {
              "created_at": string,
"download_count": number,
"expires_at": string | null,
"failure_code": string | null,
"failure_message": string | null,
"fields": (string)[] | null,
"file_path": string | null,
"filters": NonNullable<Json>,
"finished_at": string | null,
"format": Database["public"]['Enums']["export_format"],
"id": string,
"job_id": number | null,
"last_downloaded_at": string | null,
"list": string,
"organization_id": string,
"request_key": string,
"requested_by": string | null,
"row_count": number,
"service_account_id": string | null,
"size_bytes": number | null,
"sort": string | null,
"state": Database["public"]['Enums']["export_state"],
"total_count": number | null,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "exports"
        isOneToOne: true
        isSetofReturn: false
      } },
"cancel_job":
{ Args: { "job_id": number }; Returns: string
                           },
"cancel_my_account_deletion":
{ Args: Record<PropertyKey, never>; Returns: {
              "created_at": string,
"due_at": string,
"id": string,
"status": Database["public"]['Enums']["account_deletion_status"],
"updated_at": string,
"user_id": string
            }
                          SetofOptions: {
        from: "*"
        to: "account_deletions"
        isOneToOne: true
        isSetofReturn: false
      } },
"cancel_ownership_transfer":
{ Args: { "transfer_id": string }; Returns: {
              "created_at": string,
"ended_at": string | null,
"expires_at": string,
"from_user_id": string,
"id": string,
"organization_id": string,
"status": Database["public"]['Enums']["ownership_transfer_status"],
"to_user_id": string,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "ownership_transfers"
        isOneToOne: true
        isSetofReturn: false
      } },
"cancel_subscription":
{ Args: { "comment"?: string,"is_at_period_end"?: boolean,"reason": Database["public"]['Enums']["billing_cancel_reason"],"subscription_id": string }; Returns: {
              "access": Database["public"]['Enums']["billing_access"],
"billing_interval": Database["public"]['Enums']["billing_interval"],
"cancel_comment": string | null,
"cancel_reason": Database["public"]['Enums']["billing_cancel_reason"] | null,
"cancelled_at": string | null,
"created_at": string,
"currency": string,
"current_period_ends_at": string,
"current_period_starts_at": string,
"ended_at": string | null,
"id": string,
"is_cancelled_at_period_end": boolean,
"organization_id": string,
"overdue_at": string | null,
"own_overdue_at": string | null,
"paused_at": string | null,
"paused_seconds": number,
"period_anchor_at": string | null,
"plan_id": string,
"product": Database["public"]['Enums']["billing_product"],
"provider": string,
"provider_changed_at": string | null,
"provider_subscription_id": string | null,
"seat_count": number,
"started_at": string,
"status": string,
"trial_ends_at": string | null,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "billing_subscriptions"
        isOneToOne: true
        isSetofReturn: false
      } },
"change_member_role":
{ Args: { "custom_role_id"?: string,"membership_id": string,"role": string }; Returns: {
              "created_at": string,
"custom_role_id": string | null,
"id": string,
"organization_id": string,
"role": string,
"service_account_id": string | null,
"status": Database["public"]['Enums']["membership_status"],
"updated_at": string,
"user_id": string | null
            }
                          SetofOptions: {
        from: "*"
        to: "memberships"
        isOneToOne: true
        isSetofReturn: false
      } },
"change_seats":
{ Args: { "seat_count": number,"subscription_id": string }; Returns: {
              "access": Database["public"]['Enums']["billing_access"],
"billing_interval": Database["public"]['Enums']["billing_interval"],
"cancel_comment": string | null,
"cancel_reason": Database["public"]['Enums']["billing_cancel_reason"] | null,
"cancelled_at": string | null,
"created_at": string,
"currency": string,
"current_period_ends_at": string,
"current_period_starts_at": string,
"ended_at": string | null,
"id": string,
"is_cancelled_at_period_end": boolean,
"organization_id": string,
"overdue_at": string | null,
"own_overdue_at": string | null,
"paused_at": string | null,
"paused_seconds": number,
"period_anchor_at": string | null,
"plan_id": string,
"product": Database["public"]['Enums']["billing_product"],
"provider": string,
"provider_changed_at": string | null,
"provider_subscription_id": string | null,
"seat_count": number,
"started_at": string,
"status": string,
"trial_ends_at": string | null,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "billing_subscriptions"
        isOneToOne: true
        isSetofReturn: false
      } },
"change_subscription":
{ Args: { "billing_interval"?: Database["public"]['Enums']["billing_interval"],"plan_id"?: string,"seat_count"?: number,"subscription_id": string }; Returns: {
              "access": Database["public"]['Enums']["billing_access"],
"billing_interval": Database["public"]['Enums']["billing_interval"],
"cancel_comment": string | null,
"cancel_reason": Database["public"]['Enums']["billing_cancel_reason"] | null,
"cancelled_at": string | null,
"created_at": string,
"currency": string,
"current_period_ends_at": string,
"current_period_starts_at": string,
"ended_at": string | null,
"id": string,
"is_cancelled_at_period_end": boolean,
"organization_id": string,
"overdue_at": string | null,
"own_overdue_at": string | null,
"paused_at": string | null,
"paused_seconds": number,
"period_anchor_at": string | null,
"plan_id": string,
"product": Database["public"]['Enums']["billing_product"],
"provider": string,
"provider_changed_at": string | null,
"provider_subscription_id": string | null,
"seat_count": number,
"started_at": string,
"status": string,
"trial_ends_at": string | null,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "billing_subscriptions"
        isOneToOne: true
        isSetofReturn: false
      } },
"check_import":
{ Args: { "import_id": string }; Returns: {
              "check_result": Json | null,
"columns": NonNullable<Json>,
"conflict_rule": Database["public"]['Enums']["import_conflict_rule"],
"cpu_ms": number,
"created_at": string,
"created_by": string | null,
"done_bytes": number,
"error_code": string | null,
"error_hint": string | null,
"error_message": string | null,
"expires_at": string | null,
"failed_count": number,
"file_id": string | null,
"finished_at": string | null,
"format": Json | null,
"format_choice": NonNullable<Json>,
"id": string,
"import_type": string,
"inserted_count": number,
"job_id": number | null,
"kept_count": number,
"mapping": NonNullable<Json>,
"most_step_cpu_ms": number,
"name": string,
"organization_id": string,
"preview": Json | null,
"read_count": number,
"run_number": number,
"sample": NonNullable<Json>,
"service_account_id": string | null,
"size_bytes": number,
"skipped_count": number,
"started_at": string | null,
"state": Database["public"]['Enums']["import_state"],
"undone_count": number,
"updated_at": string,
"updated_count": number
            }
                          SetofOptions: {
        from: "*"
        to: "imports"
        isOneToOne: true
        isSetofReturn: false
      } },
"check_rate_limit":
{ Args: { "account"?: string,"address"?: string,"api_key_id"?: string,"cost"?: number,"endpoint": string,"organization_id"?: string,"user_id"?: string }; Returns: {
              "is_admitted": boolean,"limit_count": number,"remaining_count": number,"reset_seconds": number,"retry_after_seconds": number,"rule": string
            }[]
                           },
"claim_jobs":
{ Args: { "batch_size"?: number,"lease_seconds"?: number,"poll_seconds"?: number,"queues": (string)[],"worker": string }; Returns: {
              "attempt": number,"checkpoint": Json,"created_at": string,"id": number,"kind": string,"lease_id": string,"lease_until": string,"max_attempts": number,"organization_id": string,"payload": Json,"queue": string,"run_at": string
            }[]
                           },
"claim_object_removals":
{ Args: { "batch_size": number }; Returns: {
              "bucket_id": string,"object_path": string
            }[]
                           },
"close_support_access":
{ Args: { "access_id"?: string }; Returns: boolean
                           },
"compare_stripe":
{ Args: { "is_dry_run"?: boolean,"kind": string,"occurred_at"?: string,"state": Json,"ticket"?: number }; Returns: Json
                           },
"complete_job":
{ Args: { "job_id": number,"lease_id": string,"result"?: Json }; Returns: boolean
                           },
"complete_onboarding_by_event":
{ Args: { "organization_id"?: string,"topic": string,"user_id"?: string }; Returns: number
                           },
"complete_onboarding_step":
{ Args: { "organization_id": string,"step": string }; Returns: Json
                           },
"count_my_recovery_codes":
{ Args: Record<PropertyKey, never>; Returns: number
                           },
"create_api_key":
{ Args: { "allowed_ips"?: (unknown)[],"expires_at"?: string,"name": string,"scopes": (string)[],"service_account_id": string }; Returns: {
              "key_id": string,"secret": string
            }[]
                           },
"create_custom_role":
{ Args: { "base_role": string,"description"?: string,"name": string,"organization_id": string,"permissions": (string)[] }; Returns: {
              "base_role": string,
"created_at": string,
"description": string,
"id": string,
"name": string,
"organization_id": string,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "custom_roles"
        isOneToOne: true
        isSetofReturn: false
      } },
"create_import":
{ Args: { "conflict_rule"?: Database["public"]['Enums']["import_conflict_rule"],"file_id": string,"format_choice"?: Json,"import_type": string,"organization_id": string }; Returns: {
              "check_result": Json | null,
"columns": NonNullable<Json>,
"conflict_rule": Database["public"]['Enums']["import_conflict_rule"],
"cpu_ms": number,
"created_at": string,
"created_by": string | null,
"done_bytes": number,
"error_code": string | null,
"error_hint": string | null,
"error_message": string | null,
"expires_at": string | null,
"failed_count": number,
"file_id": string | null,
"finished_at": string | null,
"format": Json | null,
"format_choice": NonNullable<Json>,
"id": string,
"import_type": string,
"inserted_count": number,
"job_id": number | null,
"kept_count": number,
"mapping": NonNullable<Json>,
"most_step_cpu_ms": number,
"name": string,
"organization_id": string,
"preview": Json | null,
"read_count": number,
"run_number": number,
"sample": NonNullable<Json>,
"service_account_id": string | null,
"size_bytes": number,
"skipped_count": number,
"started_at": string | null,
"state": Database["public"]['Enums']["import_state"],
"undone_count": number,
"updated_at": string,
"updated_count": number
            }
                          SetofOptions: {
        from: "*"
        to: "imports"
        isOneToOne: true
        isSetofReturn: false
      } },
"create_invitations":
{ Args: { "invitations": Json,"organization_id": string }; Returns: Database["public"]['CompositeTypes']["invitation_result"][]
                          SetofOptions: {
        from: "*"
        to: "invitation_result"
        isOneToOne: false
        isSetofReturn: true
      } },
"create_onchain_quote":
{ Args: { "currency"?: string,"invoice_id"?: string,"organization_id": string,"pack_id"?: string,"token_id": string,"wallet_id": string }; Returns: {
              "amount_cents": number,
"amount_units": string,
"block_hash": string | null,
"block_number": number | null,
"chain_id": number,
"checked_at": string | null,
"confirmation_count": number,
"confirmed_at": string | null,
"created_at": string,
"created_by": string | null,
"currency": string,
"expires_at": string,
"failure_code": string | null,
"finalized_at": string | null,
"id": string,
"mined_at": string | null,
"organization_id": string,
"payer_address": string,
"purpose": Database["public"]['Enums']["billing_payment_purpose"],
"purpose_id": string,
"received_units": string | null,
"receiving_address": string,
"state": Database["public"]['Enums']["billing_onchain_quote_state"],
"submitted_at": string | null,
"token_address": string,
"token_count": number,
"token_decimals": number,
"token_id": string,
"token_symbol": string,
"transaction_hash": string | null,
"updated_at": string,
"wallet_id": string
            }
                          SetofOptions: {
        from: "*"
        to: "billing_onchain_quotes"
        isOneToOne: true
        isSetofReturn: false
      } },
"create_organization":
{ Args: { "kind"?: Database["public"]['Enums']["organization_kind"],"name": string }; Returns: {
              "billing_email": string | null,
"country": string | null,
"created_at": string,
"created_by": string | null,
"currency": string,
"deleted_at": string | null,
"id": string,
"is_second_factor_required": boolean,
"kind": Database["public"]['Enums']["organization_kind"],
"logo_path": string | null,
"mail_footer": string | null,
"name": string,
"owner_count": number,
"primary_color": string | null,
"secondary_color": string | null,
"slug": string,
"status": Database["public"]['Enums']["organization_status"],
"suspended_at": string | null,
"suspension_reason": string | null,
"time_zone": string,
"topic_epoch": number,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "organizations"
        isOneToOne: true
        isSetofReturn: false
      } },
"create_service_account":
{ Args: { "custom_role_id"?: string,"description"?: string,"name": string,"organization_id": string,"role"?: string }; Returns: {
              "created_at": string,
"created_by": string | null,
"description": string,
"disabled_at": string | null,
"id": string,
"name": string,
"organization_id": string,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "service_accounts"
        isOneToOne: true
        isSetofReturn: false
      } },
"create_share_link":
{ Args: { "download_limit"?: number,"expires_at"?: string,"file_id": string,"password"?: string }; Returns: {
              "ends_at": string,"link_id": string,"token": string
            }[]
                           },
"create_webhook_endpoint":
{ Args: { "description"?: string,"organization_id": string,"topic_patterns": (string)[],"url": string }; Returns: {
              "endpoint_id": string,"secret": string
            }[]
                           },
"decline_invitation":
{ Args: { "token": string }; Returns: undefined
                           },
"decline_ownership_transfer":
{ Args: { "transfer_id": string }; Returns: {
              "created_at": string,
"ended_at": string | null,
"expires_at": string,
"from_user_id": string,
"id": string,
"organization_id": string,
"status": Database["public"]['Enums']["ownership_transfer_status"],
"to_user_id": string,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "ownership_transfers"
        isOneToOne: true
        isSetofReturn: false
      } },
"delete_custom_role":
{ Args: { "custom_role_id": string }; Returns: {
              "base_role": string,
"created_at": string,
"description": string,
"id": string,
"name": string,
"organization_id": string,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "custom_roles"
        isOneToOne: true
        isSetofReturn: false
      } },
"delete_feature_flag":
{ Args: { "key": string }; Returns: boolean
                           },
"delete_file":
{ Args: { "file_id": string }; Returns: {
              "bucket_id": string,
"category": string,
"checksum": string | null,
"created_at": string,
"deleted_at": string | null,
"download_count": number,
"expires_at": string | null,
"id": string,
"is_private": boolean,
"last_downloaded_at": string | null,
"media_type": string,
"name": string,
"organization_id": string,
"retention_ends_at": string | null,
"size_bytes": number,
"state": Database["public"]['Enums']["file_state"],
"updated_at": string,
"uploaded_by": string | null,
"version_number": number
            }
                          SetofOptions: {
        from: "*"
        to: "files"
        isOneToOne: true
        isSetofReturn: false
      } },
"delete_my_account":
{ Args: { "confirmation": string }; Returns: {
              "created_at": string,
"due_at": string,
"id": string,
"status": Database["public"]['Enums']["account_deletion_status"],
"updated_at": string,
"user_id": string
            }
                          SetofOptions: {
        from: "*"
        to: "account_deletions"
        isOneToOne: true
        isSetofReturn: false
      } },
"delete_organization":
{ Args: { "organization_id": string }; Returns: {
              "billing_email": string | null,
"country": string | null,
"created_at": string,
"created_by": string | null,
"currency": string,
"deleted_at": string | null,
"id": string,
"is_second_factor_required": boolean,
"kind": Database["public"]['Enums']["organization_kind"],
"logo_path": string | null,
"mail_footer": string | null,
"name": string,
"owner_count": number,
"primary_color": string | null,
"secondary_color": string | null,
"slug": string,
"status": Database["public"]['Enums']["organization_status"],
"suspended_at": string | null,
"suspension_reason": string | null,
"time_zone": string,
"topic_epoch": number,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "organizations"
        isOneToOne: true
        isSetofReturn: false
      } },
"delete_person":
{ Args: { "reason": string,"user_id": string }; Returns: boolean
                           },
"delete_service_account":
{ Args: { "service_account_id": string }; Returns: {
              "created_at": string,
"created_by": string | null,
"description": string,
"disabled_at": string | null,
"id": string,
"name": string,
"organization_id": string,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "service_accounts"
        isOneToOne: true
        isSetofReturn: false
      } },
"delete_webhook_endpoint":
{ Args: { "endpoint_id": string }; Returns: undefined
                           },
"describe_file_to_scan":
{ Args: { "file_id": string,"version_number": number }; Returns: {
              "bucket_id": string,"media_type": string,"name": string,"object_path": string,"state": Database["public"]['Enums']["file_state"]
            }[]
                           },
"disable_service_account":
{ Args: { "service_account_id": string }; Returns: {
              "created_at": string,
"created_by": string | null,
"description": string,
"disabled_at": string | null,
"id": string,
"name": string,
"organization_id": string,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "service_accounts"
        isOneToOne: true
        isSetofReturn: false
      } },
"discard_dead_jobs":
{ Args: { "batch_size"?: number,"job_kind": string }; Returns: number
                           },
"discard_job":
{ Args: { "job_id": number }; Returns: string
                           },
"disconnect_app":
{ Args: { "client_id": string }; Returns: undefined
                           },
"disconnect_organization_app":
{ Args: { "client_id": string,"organization_id": string }; Returns: number
                           },
"dismiss_onboarding":
{ Args: { "organization_id": string,"step"?: string }; Returns: Json
                           },
"draft_invoice":
{ Args: { "currency": string,"lines": Json,"organization_id": string,"product"?: Database["public"]['Enums']["billing_product"] }; Returns: {
              "buyer": NonNullable<Json>,
"created_at": string,
"credit_cents": number,
"credited_cents": number,
"currency": string,
"due_at": string | null,
"due_soon_at": string | null,
"hosted_url": string | null,
"id": string,
"issued_at": string | null,
"number": string | null,
"open_cents": number,
"organization_id": string,
"paid_at": string | null,
"paid_cents": number,
"period_ends_at": string | null,
"period_starts_at": string | null,
"provider": string,
"provider_changed_at": string | null,
"provider_invoice_id": string | null,
"provider_status": string | null,
"reminded_at": string | null,
"reminder_count": number,
"seller": NonNullable<Json>,
"seller_id": string | null,
"status": Database["public"]['Enums']["billing_invoice_status"],
"subscription_id": string | null,
"subtotal_cents": number,
"tax_cents": number,
"tax_name": string | null,
"tax_rate": number | null,
"time_zone": string,
"total_cents": number,
"updated_at": string,
"void_reason": string | null,
"voided_at": string | null
            }
                          SetofOptions: {
        from: "*"
        to: "billing_invoices"
        isOneToOne: true
        isSetofReturn: false
      } },
"drop_restored_file":
{ Args: { "file_id": string }; Returns: undefined
                           },
"enable_service_account":
{ Args: { "service_account_id": string }; Returns: {
              "created_at": string,
"created_by": string | null,
"description": string,
"disabled_at": string | null,
"id": string,
"name": string,
"organization_id": string,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "service_accounts"
        isOneToOne: true
        isSetofReturn: false
      } },
"end_experiment":
{ Args: { "key": string,"winner": string }; Returns: string
                           },
"end_import_run":
{ Args: { "import_id": string,"run_number": number }; Returns: boolean
                           },
"end_other_sessions":
{ Args: Record<PropertyKey, never>; Returns: number
                           },
"end_session":
{ Args: { "session_id": string }; Returns: undefined
                           },
"enqueue_job":
{ Args: { "created_by"?: string,"dedupe_key"?: string,"delay_seconds"?: number,"is_cancellable"?: boolean,"kind": string,"max_attempts"?: number,"ordering_key"?: string,"organization_id"?: string,"payload"?: Json,"priority"?: number,"queue"?: string }; Returns: number
                           },
"evaluate_alerts":
{ Args: Record<PropertyKey, never>; Returns: number
                           },
"expire_razorpay_order":
{ Args: { "checkout_id": string }; Returns: undefined
                           },
"expose_experiment":
{ Args: { "experiment_key": string,"organization_id"?: string,"user_id"?: string }; Returns: string
                           },
"extend_job_leases":
{ Args: { "job_ids": (number)[],"lease_ids": (string)[],"lease_seconds"?: number }; Returns: number[]
                           },
"fail_document":
{ Args: { "code": string,"message": string,"render_id": string }; Returns: boolean
                           },
"fail_export":
{ Args: { "code": string,"export_id": string,"message": string }; Returns: boolean
                           },
"fail_import":
{ Args: { "code": string,"hint"?: string,"import_id": string,"message": string,"run_number": number }; Returns: boolean
                           },
"fail_job":
{ Args: { "error": string,"is_permanent"?: boolean,"job_id": number,"lease_id": string,"retry_after_seconds"?: number }; Returns: string
                           },
"fail_refund":
{ Args: { "failure_code": string,"refund_id": string }; Returns: undefined
                           },
"fan_out_webhook_message":
{ Args: { "job_id": number,"occurred_at": string,"organization_id": string,"payload": Json,"topic": string }; Returns: number
                           },
"finish_document":
{ Args: { "page_count": number,"render_id": string,"title": string }; Returns: boolean
                           },
"finish_export":
{ Args: { "export_id": string,"file_path": string,"size_bytes": number }; Returns: boolean
                           },
"finish_file_backup":
{ Args: { "backup_id": string,"state": Database["public"]['Enums']["file_backup_state"] }; Returns: undefined
                           },
"finish_file_restore":
{ Args: { "restore_id": string,"state": Database["public"]['Enums']["file_backup_state"] }; Returns: undefined
                           },
"finish_file_sweep":
{ Args: { "checked_count": number,"missing_count": number,"stray_bytes": number,"stray_count": number }; Returns: number
                           },
"finish_idempotent_request":
{ Args: { "answer_body"?: string,"answer_headers"?: Json,"answer_status"?: number,"caller": string,"key": string,"lease_id": string }; Returns: boolean
                           },
"finish_import_analysis":
{ Args: { "columns": Json,"format": Json,"import_id": string,"mapping": Json,"preview": Json,"run_number": number,"sample": Json,"size_bytes": number }; Returns: boolean
                           },
"finish_invitation_mail":
{ Args: { "invitation_id": string,"mail_number": number }; Returns: boolean
                           },
"finish_jobs":
{ Args: { "ends": Json }; Returns: {
              "job_id": number,"state": string
            }[]
                           },
"finish_object_removals":
{ Args: { "bucket_id": string,"object_paths": (string)[] }; Returns: number
                           },
"finish_personal_export":
{ Args: { "export_id": string,"file_path": string,"size_bytes": number }; Returns: string
                           },
"finish_scan":
{ Args: { "checksum": string,"engine": string,"file_id": string,"finding"?: string,"media_type": string,"outcome": Database["public"]['Enums']["file_state"],"size_bytes": number,"version_number": number }; Returns: {
              "bucket_id": string,
"checksum": string | null,
"created_at": string,
"file_id": string,
"finding": string | null,
"id": string,
"is_trusted": boolean,
"media_type": string,
"object_path": string,
"organization_id": string,
"scanned_at": string | null,
"scanned_by": string | null,
"size_bytes": number,
"state": Database["public"]['Enums']["file_state"],
"updated_at": string,
"uploaded_by": string | null,
"version_number": number
            }
                          SetofOptions: {
        from: "*"
        to: "file_versions"
        isOneToOne: true
        isSetofReturn: false
      } },
"forget_infected_object":
{ Args: { "file_id": string,"version_number": number }; Returns: boolean
                           },
"forgive_sign_ins":
{ Args: { "account": string }; Returns: undefined
                           },
"generate_document":
{ Args: { "expires_on"?: string,"kind": string,"locale"?: string,"merge_data": Json,"organization_id": string,"request_key"?: string,"template_id"?: string }; Returns: string
                           },
"generate_recovery_codes":
{ Args: Record<PropertyKey, never>; Returns: string[]
                           },
"get_app_request":
{ Args: { "client_id": string }; Returns: Json
                           },
"get_billing_document":
{ Args: { "id": string,"kind": string,"locale"?: string }; Returns: Json
                           },
"get_catalogue_to_sync":
{ Args: { "provider": string }; Returns: Json
                           },
"get_churn_report":
{ Args: { "from_on": string,"until_on": string }; Returns: {
              "currency": string,"month_on": string,"mrr_cents": number,"product": Database["public"]['Enums']["billing_product"],"reason": Database["public"]['Enums']["billing_cancel_reason"],"subscriber_count": number
            }[]
                           },
"get_client_config":
{ Args: { "organization_id"?: string }; Returns: Json
                           },
"get_cohort_report":
{ Args: { "from_on": string,"product_line"?: Database["public"]['Enums']["billing_product"],"until_on": string }; Returns: {
              "cohort_on": string,"currency": string,"month_number": number,"month_on": string,"mrr_cents": number,"retained_count": number,"retention_rate": number,"subscriber_count": number
            }[]
                           },
"get_credit_balance":
{ Args: { "organization_id": string }; Returns: {
              "available_count": number,"daily_count": number,"daily_granted_count": number,"initial_count": number,"promotional_count": number,"purchased_count": number,"reserved_count": number,"resets_at": string
            }[]
                           },
"get_credit_statement":
{ Args: { "month": string,"organization_id": string }; Returns: {
              "action": string,"closing_count": number,"credit_count": number,"entry_count": number,"kind": Database["public"]['Enums']["credit_entry_kind"],"opening_count": number
            }[]
                           },
"get_document_preview":
{ Args: { "organization_id"?: string,"version_id": string }; Returns: Json
                           },
"get_document_render":
{ Args: { "render_id": string }; Returns: Json
                           },
"get_entitlements":
{ Args: { "organization_id": string }; Returns: {
              "action": string,"description": string,"key": string,"value": number
            }[]
                           },
"get_experiment_results":
{ Args: { "experiment_key": string }; Returns: {
              "conversion_rate": number,"converted_count": number,"expected_count": number,"exposed_count": number,"has_sample_ratio_mismatch": boolean,"is_control": boolean,"is_guardrail": boolean,"is_harmed": boolean,"is_significant": boolean,"lift": number,"lift_p_value": number,"metric": string,"sample_ratio_p_value": number,"variant": string,"weight": number
            }[]
                           },
"get_file_restore":
{ Args: { "restore_id": string }; Returns: Json
                           },
"get_invoicing_progress":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"get_job_progress":
{ Args: { "job_id": number }; Returns: {
              "created_at": string,"done_count": number,"finished_at": string,"id": number,"is_cancellable": boolean,"kind": string,"message": string,"started_at": string,"state": string,"total_count": number
            }[]
                           },
"get_job_queues":
{ Args: Record<PropertyKey, never>; Returns: {
              "dead_count": number,"due_count": number,"failed_count": number,"kind": string,"last_error": string,"oldest_due_at": string,"queue": string,"running_count": number,"waiting_count": number
            }[]
                           },
"get_mail_style":
{ Args: { "email"?: string,"user_id": string }; Returns: Json
                           },
"get_my_access":
{ Args: { "organization_id": string }; Returns: Database["public"]['CompositeTypes']["organization_access"]
                          SetofOptions: {
        from: "*"
        to: "organization_access"
        isOneToOne: true
        isSetofReturn: false
      } },
"get_my_account":
{ Args: Record<PropertyKey, never>; Returns: {
              "impersonation_expires_at": string,"state": Database["public"]['Enums']["account_state"]
            }[]
                           },
"get_my_onboarding":
{ Args: { "organization_id": string }; Returns: Json
                           },
"get_onchain_check":
{ Args: { "quote_id": string }; Returns: {
              "amount_units": string,"chain_id": number,"payer_address": string,"receiving_address": string,"recheck_seconds": number,"token_address": string,"transaction_hash": string
            }[]
                           },
"get_payments_report":
{ Args: { "from_on": string,"group_by"?: string,"until_on": string }; Returns: {
              "currency": string,"group_key": string,"group_name": string,"lost_cents": number,"month_on": string,"net_cents": number,"paid_cents": number,"payment_count": number,"purpose": Database["public"]['Enums']["billing_payment_purpose"],"refunded_cents": number
            }[]
                           },
"get_public_profile":
{ Args: { "profile_id": string }; Returns: Database["public"]['CompositeTypes']["public_profile"][]
                          SetofOptions: {
        from: "*"
        to: "public_profile"
        isOneToOne: false
        isSetofReturn: true
      } },
"get_razorpay_order":
{ Args: { "checkout_id": string }; Returns: {
              "is_expired": boolean,"order_id": string
            }[]
                           },
"get_refund_request":
{ Args: { "refund_id": string }; Returns: {
              "amount_cents": number,"currency": string,"organization_id": string,"provider": string,"provider_payment_id": string,"provider_refund_id": string,"reason": Database["public"]['Enums']["billing_refund_reason"],"status": Database["public"]['Enums']["billing_refund_status"]
            }[]
                           },
"get_request_metrics":
{ Args: { "bucket"?: string,"from_at"?: string,"kind"?: string,"until_at"?: string }; Returns: {
              "average_ms": number,"bucket_at": string,"call_count": number,"error_percent": number,"failed_count": number,"function_name": string,"longest_ms": number,"name": string,"percentile_50_ms": number,"percentile_95_ms": number,"percentile_99_ms": number,"refused_count": number
            }[]
                           },
"get_revenue_report":
{ Args: { "from_on": string,"group_by"?: string,"product_line"?: Database["public"]['Enums']["billing_product"],"until_on": string }; Returns: {
              "arpu_cents": number,"arr_cents": number,"churn_rate": number,"churned_cents": number,"churned_count": number,"contraction_cents": number,"currency": string,"expansion_cents": number,"group_key": string,"group_name": string,"ltv_cents": number,"month_on": string,"mrr_cents": number,"new_cents": number,"new_count": number,"reactivated_cents": number,"reactivated_count": number,"subscriber_count": number,"transferred_cents": number
            }[]
                           },
"get_security_mail_recipient":
{ Args: { "session_id"?: string,"user_id": string }; Returns: Json
                           },
"get_setting":
{ Args: { "key": string,"organization_id"?: string }; Returns: Json
                           },
"get_storage_usage":
{ Args: { "organization_id": string }; Returns: Json
                           },
"get_stripe_sync":
{ Args: { "run_id": string }; Returns: Json
                           },
"get_system_health":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"get_trial_report":
{ Args: { "from_on": string,"until_on": string }; Returns: {
              "conversion_rate": number,"converted_count": number,"lost_count": number,"month_on": string,"product": Database["public"]['Enums']["billing_product"],"running_count": number,"trial_count": number
            }[]
                           },
"get_usage":
{ Args: { "from_on"?: string,"organization_id": string,"to_on"?: string }; Returns: {
              "currency": string,"days": Json,"description": string,"forecast_count": number,"forecast_overage_cents": number,"forecast_overage_count": number,"kind": Database["public"]['Enums']["usage_metric_kind"],"limit_action": string,"limit_count": number,"limit_key": string,"limit_span": Database["public"]['Enums']["usage_limit_span"],"metric": string,"overage_cents": number,"overage_count": number,"peak_count": number,"quantity": number,"unit": string,"used_count": number,"used_percent": number
            }[]
                           },
"get_webhook_event":
{ Args: { "webhook_event_id": number }; Returns: {
              "event_type": string,"headers": Json,"id": number,"object_key": string,"occurred_at": string,"payload": Json,"provider": string,"provider_event_id": string
            }[]
                           },
"grant_app":
{ Args: { "client_id": string,"organization_ids": (string)[],"permissions": (string)[] }; Returns: Database["public"]['CompositeTypes']["connected_app"]
                          SetofOptions: {
        from: "*"
        to: "connected_app"
        isOneToOne: true
        isSetofReturn: false
      } },
"grant_credits":
{ Args: { "credit_count": number,"description": string,"expires_at"?: string,"organization_id": string,"reference": string }; Returns: {
              "balance_count": number,
"created_at": string,
"description": string | null,
"expires_at": string | null,
"granted_on": string | null,
"id": string,
"kind": Database["public"]['Enums']["credit_wallet_kind"],
"organization_id": string,
"priority": number,
"reserved_count": number,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "credit_wallets"
        isOneToOne: true
        isSetofReturn: false
      } },
"is_feature_enabled":
{ Args: { "flag_key": string,"organization_id"?: string,"user_id"?: string }; Returns: boolean
                           },
"issue_credit_note":
{ Args: { "amount_cents": number,"invoice_id": string,"reason": string,"settlement"?: Database["public"]['Enums']["billing_credit_settlement"] }; Returns: {
              "amount_cents": number,
"created_at": string,
"created_by": string | null,
"currency": string,
"id": string,
"invoice_id": string,
"issued_at": string,
"number": string,
"organization_id": string,
"reason": string,
"refunded_cents": number,
"seller_id": string,
"settlement": Database["public"]['Enums']["billing_credit_settlement"],
"tax_cents": number,
"total_cents": number,
"updated_at": string,
"used_cents": number
            }
                          SetofOptions: {
        from: "*"
        to: "billing_credit_notes"
        isOneToOne: true
        isSetofReturn: false
      } },
"issue_invoice":
{ Args: { "invoice_id": string }; Returns: {
              "buyer": NonNullable<Json>,
"created_at": string,
"credit_cents": number,
"credited_cents": number,
"currency": string,
"due_at": string | null,
"due_soon_at": string | null,
"hosted_url": string | null,
"id": string,
"issued_at": string | null,
"number": string | null,
"open_cents": number,
"organization_id": string,
"paid_at": string | null,
"paid_cents": number,
"period_ends_at": string | null,
"period_starts_at": string | null,
"provider": string,
"provider_changed_at": string | null,
"provider_invoice_id": string | null,
"provider_status": string | null,
"reminded_at": string | null,
"reminder_count": number,
"seller": NonNullable<Json>,
"seller_id": string | null,
"status": Database["public"]['Enums']["billing_invoice_status"],
"subscription_id": string | null,
"subtotal_cents": number,
"tax_cents": number,
"tax_name": string | null,
"tax_rate": number | null,
"time_zone": string,
"total_cents": number,
"updated_at": string,
"void_reason": string | null,
"voided_at": string | null
            }
                          SetofOptions: {
        from: "*"
        to: "billing_invoices"
        isOneToOne: true
        isSetofReturn: false
      } },
"kill_feature_flag":
{ Args: { "key": string,"reason": string }; Returns: string
                           },
"list_alerts":
{ Args: { "before_at"?: string,"include_resolved"?: boolean,"page_size"?: number }; Returns: {
              "acknowledged_at": string,"acknowledged_by": string,"bad_since": string,"created_at": string,"fired_at": string,"good_since": string,"id": string,"notified_at": string,"notified_count": number,"resolved_at": string,"rule_key": string,"severity": string,"silenced_until": string,"state": string,"subject": string,"summary": string,"threshold": number,"value": number
            }[]
                           },
"list_backup_entries":
{ Args: { "backup_id": string,"part_number": number }; Returns: {
              "category": string,"checksum": string,"file_id": string,"is_damaged": boolean,"is_present": boolean,"media_type": string,"name": string,"size_bytes": number,"uploaded_by": string,"version_number": number
            }[]
                           },
"list_backup_files":
{ Args: { "after"?: string,"backup_id": string,"page_size"?: number }; Returns: {
              "bucket_id": string,"category": string,"checksum": string,"file_id": string,"media_type": string,"name": string,"object_path": string,"size_bytes": number,"uploaded_by": string,"version_number": number
            }[]
                           },
"list_cancellations":
{ Args: { "from_on": string,"page_size"?: number,"until_on": string }; Returns: {
              "cancelled_at": string,"comment": string,"currency": string,"ended_at": string,"organization_id": string,"organization_name": string,"plan_key": string,"product": Database["public"]['Enums']["billing_product"],"reason": Database["public"]['Enums']["billing_cancel_reason"],"subscription_id": string
            }[]
                           },
"list_credit_packs":
{ Args: { "currency"?: string }; Returns: {
              "credit_count": number,"pack_id": string,"prices": Json
            }[]
                           },
"list_dead_jobs":
{ Args: { "before_id"?: number,"job_kind"?: string,"page_size"?: number,"queue_name"?: string }; Returns: {
              "attempt": number,"created_at": string,"finished_at": string,"id": number,"kind": string,"last_error": string,"organization_id": string,"queue": string
            }[]
                           },
"list_experiments":
{ Args: Record<PropertyKey, never>; Returns: {
              "created_at": string,"description": string,"ended_at": string,"exposed_count": number,"guardrail_metrics": (string)[],"is_public": boolean,"key": string,"plans": (string)[],"primary_metric": string,"roles": (string)[],"started_at": string,"state": string,"traffic_percentage": number,"unit": string,"variants": Json,"winner": string
            }[]
                           },
"list_export_leftovers":
{ Args: { "export_id": string,"organization_id": string,"page_size"?: number }; Returns: Json
                           },
"list_export_parts":
{ Args: { "export_id": string }; Returns: Json
                           },
"list_feature_flags":
{ Args: Record<PropertyKey, never>; Returns: {
              "created_at": string,"description": string,"flag_type": string,"is_enabled": boolean,"is_public": boolean,"is_stale": boolean,"key": string,"kill_reason": string,"killed_at": string,"organizations_off": (string)[],"organizations_on": (string)[],"plans": (string)[],"roles": (string)[],"rollout_percentage": number,"rollout_unit": string,"stale_at": string,"updated_at": string
            }[]
                           },
"list_file_sweeps":
{ Args: { "page_size"?: number }; Returns: {
              "checked_count": number,"finished_at": string,"id": number,"missing_count": number,"stray_bytes": number,"stray_count": number
            }[]
                           },
"list_invoices":
{ Args: { "created_before"?: string,"organization_id"?: string,"page_size"?: number,"status"?: Database["public"]['Enums']["billing_invoice_status"] }; Returns: {
              "buyer": NonNullable<Json>,
"created_at": string,
"credit_cents": number,
"credited_cents": number,
"currency": string,
"due_at": string | null,
"due_soon_at": string | null,
"hosted_url": string | null,
"id": string,
"issued_at": string | null,
"number": string | null,
"open_cents": number,
"organization_id": string,
"paid_at": string | null,
"paid_cents": number,
"period_ends_at": string | null,
"period_starts_at": string | null,
"provider": string,
"provider_changed_at": string | null,
"provider_invoice_id": string | null,
"provider_status": string | null,
"reminded_at": string | null,
"reminder_count": number,
"seller": NonNullable<Json>,
"seller_id": string | null,
"status": Database["public"]['Enums']["billing_invoice_status"],
"subscription_id": string | null,
"subtotal_cents": number,
"tax_cents": number,
"tax_name": string | null,
"tax_rate": number | null,
"time_zone": string,
"total_cents": number,
"updated_at": string,
"void_reason": string | null,
"voided_at": string | null
            }[]
                          SetofOptions: {
        from: "*"
        to: "billing_invoices"
        isOneToOne: false
        isSetofReturn: true
      } },
"list_lost_files":
{ Args: { "page_size"?: number }; Returns: {
              "bucket_id": string,"file_id": string,"missing_at": string,"object_path": string,"organization_id": string,"version_number": number
            }[]
                           },
"list_missing_consents":
{ Args: Record<PropertyKey, never>; Returns: {
              "is_required": boolean,
"kind": string,
"published_at": string,
"title": string,
"url": string,
"version": string
            }[]
                          SetofOptions: {
        from: "*"
        to: "consent_documents"
        isOneToOne: false
        isSetofReturn: true
      } },
"list_my_apps":
{ Args: Record<PropertyKey, never>; Returns: Database["public"]['CompositeTypes']["connected_app"][]
                          SetofOptions: {
        from: "*"
        to: "connected_app"
        isOneToOne: false
        isSetofReturn: true
      } },
"list_my_sessions":
{ Args: Record<PropertyKey, never>; Returns: Database["public"]['CompositeTypes']["own_session"][]
                          SetofOptions: {
        from: "*"
        to: "own_session"
        isOneToOne: false
        isSetofReturn: true
      } },
"list_my_sign_ins":
{ Args: { "before_id"?: number,"page_size"?: number }; Returns: Database["public"]['CompositeTypes']["sign_in"][]
                          SetofOptions: {
        from: "*"
        to: "sign_in"
        isOneToOne: false
        isSetofReturn: true
      } },
"list_organization_apps":
{ Args: { "organization_id": string }; Returns: Database["public"]['CompositeTypes']["organization_app"][]
                          SetofOptions: {
        from: "*"
        to: "organization_app"
        isOneToOne: false
        isSetofReturn: true
      } },
"list_organization_settings":
{ Args: { "organization_id": string }; Returns: {
              "allowed_values": Json,"description": string,"inherited_value": Json,"is_own": boolean,"key": string,"maximum": number,"minimum": number,"pattern": string,"value": Json,"value_type": string
            }[]
                           },
"list_owed_credit_purchases":
{ Args: Record<PropertyKey, never>; Returns: {
              "clawed_back_count": number,
"created_at": string,
"created_by": string | null,
"credit_count": number,
"currency": string,
"granted_count": number,
"id": string,
"organization_id": string,
"owed_count": number,
"pack_id": string,
"paid_at": string | null,
"payment_id": string | null,
"price_cents": number,
"status": Database["public"]['Enums']["credit_purchase_status"],
"updated_at": string
            }[]
                          SetofOptions: {
        from: "*"
        to: "credit_purchases"
        isOneToOne: false
        isSetofReturn: true
      } },
"list_personal_files":
{ Args: { "after_bucket"?: string,"after_name"?: string,"page_size"?: number,"user_id": string }; Returns: {
              "bucket": string,"name": string
            }[]
                           },
"list_personal_tables":
{ Args: { "user_id": string }; Returns: Json
                           },
"list_plans":
{ Args: { "currency"?: string,"product_line"?: Database["public"]['Enums']["billing_product"] }; Returns: {
              "description": string,"entitlements": Json,"is_default": boolean,"key": string,"name": string,"plan_id": string,"prices": Json,"product": Database["public"]['Enums']["billing_product"],"rank": number,"trial_days": number
            }[]
                           },
"list_settings":
{ Args: Record<PropertyKey, never>; Returns: {
              "allowed_values": Json,"default_value": Json,"description": string,"is_default": boolean,"is_overridable": boolean,"is_public": boolean,"key": string,"maximum": number,"minimum": number,"override_count": number,"pattern": string,"updated_at": string,"value": Json,"value_type": string
            }[]
                           },
"list_stray_objects":
{ Args: { "after_bucket": string,"after_name": string,"page_size": number }; Returns: {
              "bucket_id": string,"name": string,"size_bytes": number
            }[]
                           },
"list_stripe_customers":
{ Args: { "after_id"?: string,"page_size"?: number }; Returns: string[]
                           },
"list_stripe_syncs":
{ Args: { "before_at"?: string,"page_size"?: number }; Returns: Json[]
                           },
"list_webhook_events":
{ Args: { "before_id"?: number,"only_object"?: string,"only_provider"?: string,"only_state"?: string,"only_type"?: string,"page_size"?: number }; Returns: {
              "attempt_count": number,"created_at": string,"event_type": string,"finished_at": string,"id": number,"last_error": string,"object_key": string,"occurred_at": string,"provider": string,"provider_event_id": string,"replay_count": number,"state": string
            }[]
                           },
"look_up_invitation":
{ Args: { "token": string }; Returns: Database["public"]['CompositeTypes']["invitation_preview"]
                          SetofOptions: {
        from: "*"
        to: "invitation_preview"
        isOneToOne: true
        isSetofReturn: false
      } },
"mark_document_version_checked":
{ Args: { "source_hash": string,"version_id": string }; Returns: boolean
                           },
"mark_invoice_paid":
{ Args: { "amount_cents"?: number,"invoice_id": string,"method": string,"paid_at"?: string,"reference"?: string }; Returns: {
              "buyer": NonNullable<Json>,
"created_at": string,
"credit_cents": number,
"credited_cents": number,
"currency": string,
"due_at": string | null,
"due_soon_at": string | null,
"hosted_url": string | null,
"id": string,
"issued_at": string | null,
"number": string | null,
"open_cents": number,
"organization_id": string,
"paid_at": string | null,
"paid_cents": number,
"period_ends_at": string | null,
"period_starts_at": string | null,
"provider": string,
"provider_changed_at": string | null,
"provider_invoice_id": string | null,
"provider_status": string | null,
"reminded_at": string | null,
"reminder_count": number,
"seller": NonNullable<Json>,
"seller_id": string | null,
"status": Database["public"]['Enums']["billing_invoice_status"],
"subscription_id": string | null,
"subtotal_cents": number,
"tax_cents": number,
"tax_name": string | null,
"tax_rate": number | null,
"time_zone": string,
"total_cents": number,
"updated_at": string,
"void_reason": string | null,
"voided_at": string | null
            }
                          SetofOptions: {
        from: "*"
        to: "billing_invoices"
        isOneToOne: true
        isSetofReturn: false
      } },
"mark_missing_objects":
{ Args: { "after_bucket": string,"after_path": string,"page_size": number }; Returns: {
              "checked_count": number,"last_bucket": string,"last_path": string,"missing_count": number
            }[]
                           },
"mirror_stripe":
{ Args: { "kind": string,"occurred_at"?: string,"state": Json,"ticket"?: number }; Returns: Json
                           },
"open_share_link":
{ Args: { "address"?: string,"does_download"?: boolean,"password"?: string,"token": string,"user_agent"?: string }; Returns: Json
                           },
"open_support_access":
{ Args: { "duration_minutes"?: number,"organization_id"?: string,"reason": string }; Returns: {
              "access_id": string,"expires_at": string
            }[]
                           },
"override_entitlement":
{ Args: { "does_bill_overage"?: boolean,"expires_at"?: string,"key": string,"organization_id": string,"reason": string,"value": number }; Returns: undefined
                           },
"pause_subscription":
{ Args: { "subscription_id": string }; Returns: {
              "access": Database["public"]['Enums']["billing_access"],
"billing_interval": Database["public"]['Enums']["billing_interval"],
"cancel_comment": string | null,
"cancel_reason": Database["public"]['Enums']["billing_cancel_reason"] | null,
"cancelled_at": string | null,
"created_at": string,
"currency": string,
"current_period_ends_at": string,
"current_period_starts_at": string,
"ended_at": string | null,
"id": string,
"is_cancelled_at_period_end": boolean,
"organization_id": string,
"overdue_at": string | null,
"own_overdue_at": string | null,
"paused_at": string | null,
"paused_seconds": number,
"period_anchor_at": string | null,
"plan_id": string,
"product": Database["public"]['Enums']["billing_product"],
"provider": string,
"provider_changed_at": string | null,
"provider_subscription_id": string | null,
"seat_count": number,
"started_at": string,
"status": string,
"trial_ends_at": string | null,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "billing_subscriptions"
        isOneToOne: true
        isSetofReturn: false
      } },
"preview_next_invoice":
{ Args: { "subscription_id": string }; Returns: Json
                           },
"preview_subscription_change":
{ Args: { "billing_interval"?: Database["public"]['Enums']["billing_interval"],"plan_id"?: string,"seat_count"?: number,"subscription_id": string }; Returns: {
              "charge_cents": number,"credit_cents": number,"currency": string,"due_cents": number,"effective_at": string,"is_immediate": boolean,"period_cents": number
            }[]
                           },
"propose_ownership_transfer":
{ Args: { "membership_id": string,"organization_id": string }; Returns: {
              "created_at": string,
"ended_at": string | null,
"expires_at": string,
"from_user_id": string,
"id": string,
"organization_id": string,
"status": Database["public"]['Enums']["ownership_transfer_status"],
"to_user_id": string,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "ownership_transfers"
        isOneToOne: true
        isSetofReturn: false
      } },
"provider_price":
{ Args: { "price_id": string,"provider": string }; Returns: string
                           },
"provider_tax_rate":
{ Args: { "country": string,"provider": string }; Returns: string
                           },
"publish_document_template":
{ Args: { "version_id": string }; Returns: {
              "body_source": string,
"checked_at": string | null,
"created_at": string,
"created_by": string | null,
"id": string,
"organization_id": string | null,
"page_orientation": string,
"page_size": string,
"published_at": string | null,
"retired_at": string | null,
"state": Database["public"]['Enums']["document_version_state"],
"template_id": string,
"title_source": string,
"updated_at": string,
"version_number": number
            }
                          SetofOptions: {
        from: "*"
        to: "document_template_versions"
        isOneToOne: true
        isSetofReturn: false
      } },
"read_import":
{ Args: { "import_id": string,"run_number": number }; Returns: Json
                           },
"read_import_texts":
{ Args: { "import_id": string,"numbers": string }; Returns: {
              "number": number,"texts": string
            }[]
                           },
"read_personal_rows":
{ Args: { "after"?: Json,"page_size"?: number,"table_name": string,"user_id": string }; Returns: Json
                           },
"record_audit_event":
{ Args: { "action": string,"actor_id"?: string,"actor_kind"?: Database["public"]['Enums']["audit_actor_kind"],"changes"?: Json,"ip_address"?: string,"object_id"?: string,"object_type": string,"organization_id"?: string,"request_id"?: string,"user_agent"?: string }; Returns: number
                           },
"record_consent":
{ Args: { "is_granted"?: boolean,"kind": string,"version": string }; Returns: {
              "created_at": string,
"id": number,
"is_granted": boolean,
"kind": string,
"user_id": string,
"version": string
            }
                          SetofOptions: {
        from: "*"
        to: "consents"
        isOneToOne: true
        isSetofReturn: false
      } },
"record_customer":
{ Args: { "details"?: Json,"occurred_at": string,"organization_id": string,"provider": string,"provider_customer_id": string }; Returns: {
              "created_at": string,
"default_method_id": string | null,
"deleted_at": string | null,
"email": string | null,
"id": string,
"name": string | null,
"organization_id": string,
"provider": string,
"provider_changed_at": string | null,
"provider_customer_id": string,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "billing_customers"
        isOneToOne: true
        isSetofReturn: false
      } },
"record_experiment_exposure":
{ Args: { "experiment_key": string,"organization_id"?: string }; Returns: string
                           },
"record_experiment_metric":
{ Args: { "metric": string,"occurred_at"?: string,"organization_id"?: string,"user_id"?: string }; Returns: number
                           },
"record_export_download":
{ Args: { "export_id": string }; Returns: {
              "created_at": string,"file_path": string,"format": Database["public"]['Enums']["export_format"],"link_expires_at": string,"link_seconds": number,"list": string
            }[]
                           },
"record_export_part":
{ Args: { "export_id": string,"part": Json,"total_count"?: number }; Returns: boolean
                           },
"record_file_download":
{ Args: { "file_id": string }; Returns: {
              "bucket_id": string,
"checksum": string | null,
"created_at": string,
"file_id": string,
"finding": string | null,
"id": string,
"is_trusted": boolean,
"media_type": string,
"object_path": string,
"organization_id": string,
"scanned_at": string | null,
"scanned_by": string | null,
"size_bytes": number,
"state": Database["public"]['Enums']["file_state"],
"updated_at": string,
"uploaded_by": string | null,
"version_number": number
            }
                          SetofOptions: {
        from: "*"
        to: "file_versions"
        isOneToOne: true
        isSetofReturn: false
      } },
"record_impersonation":
{ Args: { "admin_id": string,"reason": string,"session_id": string,"user_id": string }; Returns: {
              "expires_at": string,"impersonation_id": string
            }[]
                           },
"record_import_step":
{ Args: { "cpu_ms": number,"import_id": string,"run_number": number }; Returns: boolean
                           },
"record_manual_payment":
{ Args: { "amount_cents": number,"currency": string,"invoice_id"?: string,"method": string,"organization_id": string,"paid_at"?: string,"reference"?: string }; Returns: {
              "amount_cents": number,
"created_at": string,
"currency": string,
"failure_code": string | null,
"failure_message": string | null,
"fee_cents": number | null,
"id": string,
"method": string,
"organization_id": string,
"paid_at": string | null,
"payment_method_id": string | null,
"provider": string,
"provider_changed_at": string | null,
"provider_payment_id": string | null,
"provider_payment_method_id": string | null,
"purpose": Database["public"]['Enums']["billing_payment_purpose"],
"purpose_id": string | null,
"receipt_url": string | null,
"reference": string | null,
"refunded_cents": number,
"status": Database["public"]['Enums']["billing_payment_status"],
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "billing_payments"
        isOneToOne: true
        isSetofReturn: false
      } },
"record_metrics":
{ Args: { "metrics": Json }; Returns: number
                           },
"record_onchain_check":
{ Args: { "facts": Json,"quote_id": string }; Returns: {
              "failure_code": string,"recheck_seconds": number,"state": string
            }[]
                           },
"record_payment":
{ Args: { "amount_cents": number,"currency": string,"details"?: Json,"occurred_at": string,"organization_id": string,"provider": string,"provider_payment_id": string,"status": Database["public"]['Enums']["billing_payment_status"] }; Returns: {
              "amount_cents": number,
"created_at": string,
"currency": string,
"failure_code": string | null,
"failure_message": string | null,
"fee_cents": number | null,
"id": string,
"method": string,
"organization_id": string,
"paid_at": string | null,
"payment_method_id": string | null,
"provider": string,
"provider_changed_at": string | null,
"provider_payment_id": string | null,
"provider_payment_method_id": string | null,
"purpose": Database["public"]['Enums']["billing_payment_purpose"],
"purpose_id": string | null,
"receipt_url": string | null,
"reference": string | null,
"refunded_cents": number,
"status": Database["public"]['Enums']["billing_payment_status"],
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "billing_payments"
        isOneToOne: true
        isSetofReturn: false
      } },
"record_payment_method":
{ Args: { "details"?: Json,"occurred_at": string,"organization_id": string,"provider": string,"provider_method_id": string }; Returns: {
              "brand": string | null,
"created_at": string,
"expiry_month": number | null,
"expiry_year": number | null,
"id": string,
"is_default": boolean,
"kind": string,
"last4": string | null,
"organization_id": string,
"provider": string,
"provider_changed_at": string | null,
"provider_customer_id": string | null,
"provider_method_id": string,
"removed_at": string | null,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "billing_payment_methods"
        isOneToOne: true
        isSetofReturn: false
      } },
"record_provider_catalogue":
{ Args: { "prices": Json,"provider": string,"tax_rates": Json }; Returns: undefined
                           },
"record_provider_invoice":
{ Args: { "currency": string,"details"?: Json,"occurred_at": string,"organization_id": string,"provider": string,"provider_invoice_id": string,"provider_status": string }; Returns: {
              "buyer": NonNullable<Json>,
"created_at": string,
"credit_cents": number,
"credited_cents": number,
"currency": string,
"due_at": string | null,
"due_soon_at": string | null,
"hosted_url": string | null,
"id": string,
"issued_at": string | null,
"number": string | null,
"open_cents": number,
"organization_id": string,
"paid_at": string | null,
"paid_cents": number,
"period_ends_at": string | null,
"period_starts_at": string | null,
"provider": string,
"provider_changed_at": string | null,
"provider_invoice_id": string | null,
"provider_status": string | null,
"reminded_at": string | null,
"reminder_count": number,
"seller": NonNullable<Json>,
"seller_id": string | null,
"status": Database["public"]['Enums']["billing_invoice_status"],
"subscription_id": string | null,
"subtotal_cents": number,
"tax_cents": number,
"tax_name": string | null,
"tax_rate": number | null,
"time_zone": string,
"total_cents": number,
"updated_at": string,
"void_reason": string | null,
"voided_at": string | null
            }
                          SetofOptions: {
        from: "*"
        to: "billing_invoices"
        isOneToOne: true
        isSetofReturn: false
      } },
"record_razorpay":
{ Args: { "dispute"?: Json,"object_key": string,"occurred_at": string,"order_id": string,"payment": Json,"refunds"?: Json,"source": string }; Returns: string
                           },
"record_refund":
{ Args: { "amount_cents": number,"currency": string,"details"?: Json,"occurred_at": string,"provider": string,"provider_payment_id": string,"provider_refund_id": string,"status": Database["public"]['Enums']["billing_refund_status"] }; Returns: {
              "amount_cents": number,
"comment": string | null,
"created_at": string,
"currency": string,
"failure_code": string | null,
"id": string,
"organization_id": string,
"payment_id": string,
"provider_changed_at": string | null,
"provider_refund_id": string | null,
"reason": Database["public"]['Enums']["billing_refund_reason"],
"requested_by": string | null,
"status": Database["public"]['Enums']["billing_refund_status"],
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "billing_refunds"
        isOneToOne: true
        isSetofReturn: false
      } },
"record_usage":
{ Args: { "idempotency_key"?: string,"metric": string,"organization_id": string,"quantity": number }; Returns: boolean
                           },
"record_webhook_attempt":
{ Args: { "attempt": number,"attempted_at": string,"delivery_id": string,"duration_ms": number,"error"?: string,"is_permanent"?: boolean,"response_body"?: string,"response_status"?: number,"retry_after_seconds"?: number }; Returns: Database["public"]['Enums']["webhook_delivery_status"]
                           },
"redeem_recovery_code":
{ Args: { "code": string,"session_id": string,"user_id": string }; Returns: string[]
                           },
"refresh_api_keys":
{ Args: { "key_ids": (string)[],"used_ids"?: (string)[] }; Returns: {
              "key_id": string
            }[]
                           },
"refund_credits":
{ Args: { "reservation_id": string }; Returns: {
              "action": string,
"created_at": string,
"credit_count": number,
"ended_at": string | null,
"expires_at": string,
"id": string,
"idempotency_key": string,
"organization_id": string,
"person_id": string | null,
"quantity": number,
"spent_count": number | null,
"state": Database["public"]['Enums']["credit_reservation_state"],
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "credit_reservations"
        isOneToOne: true
        isSetofReturn: false
      } },
"refuse_picture":
{ Args: { "folder_id": string,"problem": string }; Returns: undefined
                           },
"register_file":
{ Args: { "bucket_id": string,"category": string,"checksum": string,"expires_at"?: string,"media_type": string,"name": string,"organization_id": string,"size_bytes": number,"state"?: Database["public"]['Enums']["file_state"],"uploaded_by"?: string }; Returns: {
              "bucket_id": string,
"category": string,
"checksum": string | null,
"created_at": string,
"deleted_at": string | null,
"download_count": number,
"expires_at": string | null,
"id": string,
"is_private": boolean,
"last_downloaded_at": string | null,
"media_type": string,
"name": string,
"organization_id": string,
"retention_ends_at": string | null,
"size_bytes": number,
"state": Database["public"]['Enums']["file_state"],
"updated_at": string,
"uploaded_by": string | null,
"version_number": number
            }
                          SetofOptions: {
        from: "*"
        to: "files"
        isOneToOne: true
        isSetofReturn: false
      } },
"register_restored_file":
{ Args: { "backup_id": string,"file_id": string }; Returns: {
              "bucket_id": string,
"category": string,
"checksum": string | null,
"created_at": string,
"deleted_at": string | null,
"download_count": number,
"expires_at": string | null,
"id": string,
"is_private": boolean,
"last_downloaded_at": string | null,
"media_type": string,
"name": string,
"organization_id": string,
"retention_ends_at": string | null,
"size_bytes": number,
"state": Database["public"]['Enums']["file_state"],
"updated_at": string,
"uploaded_by": string | null,
"version_number": number
            }
                          SetofOptions: {
        from: "*"
        to: "files"
        isOneToOne: true
        isSetofReturn: false
      } },
"release_credits":
{ Args: { "reservation_id": string }; Returns: {
              "action": string,
"created_at": string,
"credit_count": number,
"ended_at": string | null,
"expires_at": string,
"id": string,
"idempotency_key": string,
"organization_id": string,
"person_id": string | null,
"quantity": number,
"spent_count": number | null,
"state": Database["public"]['Enums']["credit_reservation_state"],
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "credit_reservations"
        isOneToOne: true
        isSetofReturn: false
      } },
"remove_member":
{ Args: { "membership_id": string }; Returns: {
              "created_at": string,
"custom_role_id": string | null,
"id": string,
"organization_id": string,
"role": string,
"service_account_id": string | null,
"status": Database["public"]['Enums']["membership_status"],
"updated_at": string,
"user_id": string | null
            }
                          SetofOptions: {
        from: "*"
        to: "memberships"
        isOneToOne: true
        isSetofReturn: false
      } },
"remove_wallet":
{ Args: { "wallet_id": string }; Returns: {
              "address": string,
"bound_by": string | null,
"chain_id": number,
"created_at": string,
"id": string,
"organization_id": string,
"removed_at": string | null,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "billing_wallet_bindings"
        isOneToOne: true
        isSetofReturn: false
      } },
"replay_failed_webhook_deliveries":
{ Args: { "endpoint_id": string,"since": string }; Returns: number
                           },
"replay_webhook_delivery":
{ Args: { "delivery_id": string }; Returns: {
              "attempt_count": number,
"attempts_left_count": number,
"created_at": string,
"endpoint_id": string,
"finished_at": string | null,
"id": string,
"last_error": string | null,
"message_id": string,
"next_attempt_at": string | null,
"organization_id": string,
"response_status": number | null,
"status": Database["public"]['Enums']["webhook_delivery_status"],
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "webhook_deliveries"
        isOneToOne: true
        isSetofReturn: false
      } },
"replay_webhook_event":
{ Args: { "webhook_event_id": number }; Returns: string
                           },
"report_job_progress":
{ Args: { "done_count": number,"job_id": number,"lease_id": string,"message"?: string,"total_count"?: number }; Returns: boolean
                           },
"report_stripe_sync":
{ Args: { "differences"?: Json,"is_finished"?: boolean,"last_error"?: string,"newest_at"?: string,"run_id": string,"seen_count": number }; Returns: undefined
                           },
"request_export":
{ Args: { "fields"?: (string)[],"filters"?: Json,"format"?: Database["public"]['Enums']["export_format"],"list": string,"organization_id": string,"sort"?: string }; Returns: {
              "created_at": string,
"download_count": number,
"expires_at": string | null,
"failure_code": string | null,
"failure_message": string | null,
"fields": (string)[] | null,
"file_path": string | null,
"filters": NonNullable<Json>,
"finished_at": string | null,
"format": Database["public"]['Enums']["export_format"],
"id": string,
"job_id": number | null,
"last_downloaded_at": string | null,
"list": string,
"organization_id": string,
"request_key": string,
"requested_by": string | null,
"row_count": number,
"service_account_id": string | null,
"size_bytes": number | null,
"sort": string | null,
"state": Database["public"]['Enums']["export_state"],
"total_count": number | null,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "exports"
        isOneToOne: true
        isSetofReturn: false
      } },
"request_file_backup":
{ Args: { "organization_id": string }; Returns: {
              "created_at": string,
"damaged_count": number,
"file_count": number,
"finished_at": string | null,
"id": string,
"manifest_file_id": string | null,
"organization_id": string,
"part_count": number,
"requested_by": string | null,
"size_bytes": number,
"state": Database["public"]['Enums']["file_backup_state"],
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "file_backups"
        isOneToOne: true
        isSetofReturn: false
      } },
"request_file_restore":
{ Args: { "backup_id": string }; Returns: {
              "backup_id": string,
"created_at": string,
"failed_count": number,
"finished_at": string | null,
"id": string,
"organization_id": string,
"requested_by": string | null,
"restored_count": number,
"state": Database["public"]['Enums']["file_backup_state"],
"unchanged_count": number,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "file_restores"
        isOneToOne: true
        isSetofReturn: false
      } },
"request_job_cancellation":
{ Args: { "job_id": number }; Returns: string
                           },
"request_my_data_export":
{ Args: Record<PropertyKey, never>; Returns: {
              "created_at": string,
"expires_at": string | null,
"file_path": string | null,
"id": string,
"size_bytes": number | null,
"state": Database["public"]['Enums']["personal_export_state"],
"updated_at": string,
"user_id": string
            }
                          SetofOptions: {
        from: "*"
        to: "personal_exports"
        isOneToOne: true
        isSetofReturn: false
      } },
"request_refund":
{ Args: { "amount_cents"?: number,"comment"?: string,"payment_id": string,"reason"?: Database["public"]['Enums']["billing_refund_reason"] }; Returns: {
              "amount_cents": number,
"comment": string | null,
"created_at": string,
"currency": string,
"failure_code": string | null,
"id": string,
"organization_id": string,
"payment_id": string,
"provider_changed_at": string | null,
"provider_refund_id": string | null,
"reason": Database["public"]['Enums']["billing_refund_reason"],
"requested_by": string | null,
"status": Database["public"]['Enums']["billing_refund_status"],
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "billing_refunds"
        isOneToOne: true
        isSetofReturn: false
      } },
"request_stripe_sync":
{ Args: { "is_dry_run"?: boolean,"mode"?: string,"since_at"?: string }; Returns: string
                           },
"request_wallet_nonce":
{ Args: { "organization_id": string }; Returns: {
              "expires_at": string,"nonce": string
            }[]
                           },
"resend_invitation":
{ Args: { "invitation_id": string }; Returns: {
              "accepted_by": string | null,
"binding_id": string | null,
"binding_kind": string | null,
"created_at": string,
"custom_role_id": string | null,
"email": string,
"ended_at": string | null,
"expires_at": string,
"id": string,
"invited_by": string | null,
"kind": Database["public"]['Enums']["invitation_kind"],
"last_sent_at": string | null,
"organization_id": string,
"resendable_at": string,
"role": string,
"sent_count": number,
"status": Database["public"]['Enums']["invitation_status"],
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "invitations"
        isOneToOne: true
        isSetofReturn: false
      } },
"reserve_credits":
{ Args: { "action": string,"idempotency_key": string,"minutes"?: number,"organization_id": string,"person_id"?: string,"quantity"?: number }; Returns: {
              "action": string,
"created_at": string,
"credit_count": number,
"ended_at": string | null,
"expires_at": string,
"id": string,
"idempotency_key": string,
"organization_id": string,
"person_id": string | null,
"quantity": number,
"spent_count": number | null,
"state": Database["public"]['Enums']["credit_reservation_state"],
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "credit_reservations"
        isOneToOne: true
        isSetofReturn: false
      } },
"resolve_api_key":
{ Args: { "address"?: string,"hash": string }; Returns: {
              "expires_at": string,"is_address_admitted": boolean,"is_address_bound": boolean,"key_id": string,"organization_id": string,"scopes": Json,"service_account_id": string
            }[]
                           },
"restore_file":
{ Args: { "file_id": string }; Returns: {
              "bucket_id": string,
"category": string,
"checksum": string | null,
"created_at": string,
"deleted_at": string | null,
"download_count": number,
"expires_at": string | null,
"id": string,
"is_private": boolean,
"last_downloaded_at": string | null,
"media_type": string,
"name": string,
"organization_id": string,
"retention_ends_at": string | null,
"size_bytes": number,
"state": Database["public"]['Enums']["file_state"],
"updated_at": string,
"uploaded_by": string | null,
"version_number": number
            }
                          SetofOptions: {
        from: "*"
        to: "files"
        isOneToOne: true
        isSetofReturn: false
      } },
"restore_organization":
{ Args: { "organization_id": string }; Returns: {
              "billing_email": string | null,
"country": string | null,
"created_at": string,
"created_by": string | null,
"currency": string,
"deleted_at": string | null,
"id": string,
"is_second_factor_required": boolean,
"kind": Database["public"]['Enums']["organization_kind"],
"logo_path": string | null,
"mail_footer": string | null,
"name": string,
"owner_count": number,
"primary_color": string | null,
"secondary_color": string | null,
"slug": string,
"status": Database["public"]['Enums']["organization_status"],
"suspended_at": string | null,
"suspension_reason": string | null,
"time_zone": string,
"topic_epoch": number,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "organizations"
        isOneToOne: true
        isSetofReturn: false
      } },
"restore_version":
{ Args: { "file_id": string,"version_number": number }; Returns: {
              "bucket_id": string,
"checksum": string | null,
"created_at": string,
"file_id": string,
"finding": string | null,
"id": string,
"is_trusted": boolean,
"media_type": string,
"object_path": string,
"organization_id": string,
"scanned_at": string | null,
"scanned_by": string | null,
"size_bytes": number,
"state": Database["public"]['Enums']["file_state"],
"updated_at": string,
"uploaded_by": string | null,
"version_number": number
            }
                          SetofOptions: {
        from: "*"
        to: "file_versions"
        isOneToOne: true
        isSetofReturn: false
      } },
"resume_import":
{ Args: { "import_id": string }; Returns: {
              "check_result": Json | null,
"columns": NonNullable<Json>,
"conflict_rule": Database["public"]['Enums']["import_conflict_rule"],
"cpu_ms": number,
"created_at": string,
"created_by": string | null,
"done_bytes": number,
"error_code": string | null,
"error_hint": string | null,
"error_message": string | null,
"expires_at": string | null,
"failed_count": number,
"file_id": string | null,
"finished_at": string | null,
"format": Json | null,
"format_choice": NonNullable<Json>,
"id": string,
"import_type": string,
"inserted_count": number,
"job_id": number | null,
"kept_count": number,
"mapping": NonNullable<Json>,
"most_step_cpu_ms": number,
"name": string,
"organization_id": string,
"preview": Json | null,
"read_count": number,
"run_number": number,
"sample": NonNullable<Json>,
"service_account_id": string | null,
"size_bytes": number,
"skipped_count": number,
"started_at": string | null,
"state": Database["public"]['Enums']["import_state"],
"undone_count": number,
"updated_at": string,
"updated_count": number
            }
                          SetofOptions: {
        from: "*"
        to: "imports"
        isOneToOne: true
        isSetofReturn: false
      } },
"resume_subscription":
{ Args: { "subscription_id": string }; Returns: {
              "access": Database["public"]['Enums']["billing_access"],
"billing_interval": Database["public"]['Enums']["billing_interval"],
"cancel_comment": string | null,
"cancel_reason": Database["public"]['Enums']["billing_cancel_reason"] | null,
"cancelled_at": string | null,
"created_at": string,
"currency": string,
"current_period_ends_at": string,
"current_period_starts_at": string,
"ended_at": string | null,
"id": string,
"is_cancelled_at_period_end": boolean,
"organization_id": string,
"overdue_at": string | null,
"own_overdue_at": string | null,
"paused_at": string | null,
"paused_seconds": number,
"period_anchor_at": string | null,
"plan_id": string,
"product": Database["public"]['Enums']["billing_product"],
"provider": string,
"provider_changed_at": string | null,
"provider_subscription_id": string | null,
"seat_count": number,
"started_at": string,
"status": string,
"trial_ends_at": string | null,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "billing_subscriptions"
        isOneToOne: true
        isSetofReturn: false
      } },
"retire_billing_seller":
{ Args: { "key": string }; Returns: {
              "city": string | null,
"country": string | null,
"created_at": string,
"email": string | null,
"id": string,
"key": string,
"legal_name": string,
"line1": string | null,
"line2": string | null,
"number_prefix": string,
"payment_instructions": string | null,
"postal_code": string | null,
"region": string | null,
"retired_at": string | null,
"serves_country": string | null,
"serves_product": Database["public"]['Enums']["billing_product"] | null,
"tax_number": string | null,
"time_zone": string,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "billing_sellers"
        isOneToOne: true
        isSetofReturn: false
      } },
"retire_credit_pack":
{ Args: { "pack_id": string }; Returns: {
              "created_at": string,
"credit_count": number,
"id": string,
"retired_at": string | null,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "credit_packs"
        isOneToOne: true
        isSetofReturn: false
      } },
"retire_document_template":
{ Args: { "template_id": string }; Returns: undefined
                           },
"retire_plan":
{ Args: { "plan_id": string }; Returns: {
              "created_at": string,
"description": string,
"id": string,
"is_default": boolean,
"key": string,
"name": string,
"product": Database["public"]['Enums']["billing_product"],
"rank": number,
"retired_at": string | null,
"trial_days": number,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "billing_plans"
        isOneToOne: true
        isSetofReturn: false
      } },
"retry_dead_jobs":
{ Args: { "batch_size"?: number,"job_kind": string }; Returns: number
                           },
"retry_job":
{ Args: { "job_id": number }; Returns: string
                           },
"review_feature_flag":
{ Args: { "key": string }; Returns: string
                           },
"revive_feature_flag":
{ Args: { "key": string }; Returns: string
                           },
"revoke_api_key":
{ Args: { "api_key_id": string }; Returns: {
              "allowed_ips": (unknown)[],
"created_at": string,
"created_by": string | null,
"expires_at": string | null,
"id": string,
"last_used_at": string | null,
"name": string,
"organization_id": string,
"overlap_ends_at": string | null,
"prefix": string,
"revoked_at": string | null,
"rotated_from_id": string | null,
"scopes": (string)[],
"service_account_id": string,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "api_keys"
        isOneToOne: true
        isSetofReturn: false
      } },
"revoke_invitation":
{ Args: { "invitation_id": string }; Returns: {
              "accepted_by": string | null,
"binding_id": string | null,
"binding_kind": string | null,
"created_at": string,
"custom_role_id": string | null,
"email": string,
"ended_at": string | null,
"expires_at": string,
"id": string,
"invited_by": string | null,
"kind": Database["public"]['Enums']["invitation_kind"],
"last_sent_at": string | null,
"organization_id": string,
"resendable_at": string,
"role": string,
"sent_count": number,
"status": Database["public"]['Enums']["invitation_status"],
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "invitations"
        isOneToOne: true
        isSetofReturn: false
      } },
"revoke_share_link":
{ Args: { "link_id": string }; Returns: {
              "created_at": string,
"created_by": string | null,
"download_count": number,
"download_limit": number | null,
"expires_at": string,
"file_id": string,
"has_password": boolean,
"id": string,
"organization_id": string,
"revoked_at": string | null,
"token_prefix": string,
"updated_at": string,
"view_count": number
            }
                          SetofOptions: {
        from: "*"
        to: "file_share_links"
        isOneToOne: true
        isSetofReturn: false
      } },
"rotate_api_key":
{ Args: { "api_key_id": string,"overlap_seconds"?: number }; Returns: {
              "key_id": string,"secret": string
            }[]
                           },
"rotate_webhook_secret":
{ Args: { "endpoint_id": string,"overlap_hours"?: number }; Returns: {
              "former_secret_expires_at": string,"secret": string
            }[]
                           },
"save_billing_profile":
{ Args: { "details": Json,"organization_id": string }; Returns: {
              "billing_email": string | null,
"city": string | null,
"country": string | null,
"created_at": string,
"legal_name": string | null,
"line1": string | null,
"line2": string | null,
"organization_id": string,
"postal_code": string | null,
"region": string | null,
"tax_number": string | null,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "billing_profiles"
        isOneToOne: true
        isSetofReturn: false
      } },
"save_billing_seller":
{ Args: { "details"?: Json,"key": string,"legal_name": string,"number_prefix": string }; Returns: {
              "city": string | null,
"country": string | null,
"created_at": string,
"email": string | null,
"id": string,
"key": string,
"legal_name": string,
"line1": string | null,
"line2": string | null,
"number_prefix": string,
"payment_instructions": string | null,
"postal_code": string | null,
"region": string | null,
"retired_at": string | null,
"serves_country": string | null,
"serves_product": Database["public"]['Enums']["billing_product"] | null,
"tax_number": string | null,
"time_zone": string,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "billing_sellers"
        isOneToOne: true
        isSetofReturn: false
      } },
"save_document_template":
{ Args: { "body_source": string,"kind": string,"locale"?: string,"name": string,"organization_id": string,"page_orientation"?: string,"page_size"?: string,"title_source": string }; Returns: {
              "body_source": string,
"checked_at": string | null,
"created_at": string,
"created_by": string | null,
"id": string,
"organization_id": string | null,
"page_orientation": string,
"page_size": string,
"published_at": string | null,
"retired_at": string | null,
"state": Database["public"]['Enums']["document_version_state"],
"template_id": string,
"title_source": string,
"updated_at": string,
"version_number": number
            }
                          SetofOptions: {
        from: "*"
        to: "document_template_versions"
        isOneToOne: true
        isSetofReturn: false
      } },
"save_dunning_plan":
{ Args: { "attempt_count": number,"currency": string,"delay_days": number,"minimum_cents": number }; Returns: undefined
                           },
"save_experiment":
{ Args: { "description": string,"guardrail_metrics"?: (string)[],"is_public"?: boolean,"key": string,"plans"?: (string)[],"primary_metric": string,"roles"?: (string)[],"traffic_percentage"?: number,"unit"?: string,"variants": Json }; Returns: string
                           },
"save_feature_flag":
{ Args: { "description": string,"flag_type"?: string,"is_enabled"?: boolean,"is_public"?: boolean,"key": string,"plans"?: (string)[],"roles"?: (string)[],"rollout_percentage"?: number,"rollout_unit"?: string }; Returns: string
                           },
"save_import_preview":
{ Args: { "import_id": string,"preview": Json,"run_number": number }; Returns: boolean
                           },
"save_import_texts":
{ Args: { "first_number": number,"import_id": string,"position": Json,"run_number": number,"texts": string }; Returns: boolean
                           },
"save_onchain_chain":
{ Args: { "chain_id": number,"confirmation_count": number,"finality_count": number,"is_enabled"?: boolean,"name": string,"native_symbol": string,"poll_seconds"?: number,"receiving_address"?: string }; Returns: {
              "chain_id": number,
"confirmation_count": number,
"created_at": string,
"finality_count": number,
"is_enabled": boolean,
"name": string,
"native_symbol": string,
"poll_seconds": number,
"receiving_address": string | null,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "billing_onchain_chains"
        isOneToOne: true
        isSetofReturn: false
      } },
"save_onchain_token":
{ Args: { "chain_id": number,"contract_address": string,"decimals": number,"is_enabled"?: boolean,"symbol": string }; Returns: {
              "chain_id": number,
"contract_address": string,
"created_at": string,
"decimals": number,
"id": string,
"is_enabled": boolean,
"symbol": string,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "billing_onchain_tokens"
        isOneToOne: true
        isSetofReturn: false
      } },
"save_plan":
{ Args: { "description": string,"key": string,"name": string,"product": Database["public"]['Enums']["billing_product"],"rank": number,"trial_days"?: number }; Returns: {
              "created_at": string,
"description": string,
"id": string,
"is_default": boolean,
"key": string,
"name": string,
"product": Database["public"]['Enums']["billing_product"],
"rank": number,
"retired_at": string | null,
"trial_days": number,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "billing_plans"
        isOneToOne: true
        isSetofReturn: false
      } },
"search_profiles":
{ Args: { "after"?: string,"page_size"?: number,"query": string }; Returns: Database["public"]['CompositeTypes']["found_profile"][]
                          SetofOptions: {
        from: "*"
        to: "found_profile"
        isOneToOne: false
        isSetofReturn: true
      } },
"send_test_webhook_event":
{ Args: { "endpoint_id": string }; Returns: {
              "attempt_count": number,
"attempts_left_count": number,
"created_at": string,
"endpoint_id": string,
"finished_at": string | null,
"id": string,
"last_error": string | null,
"message_id": string,
"next_attempt_at": string | null,
"organization_id": string,
"response_status": number | null,
"status": Database["public"]['Enums']["webhook_delivery_status"],
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "webhook_deliveries"
        isOneToOne: true
        isSetofReturn: false
      } },
"set_credit_pack_price":
{ Args: { "credit_count": number,"currency": string,"price_cents": number }; Returns: {
              "created_at": string,
"credit_count": number,
"id": string,
"retired_at": string | null,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "credit_packs"
        isOneToOne: true
        isSetofReturn: false
      } },
"set_document_expiry":
{ Args: { "expires_on": string,"file_id": string }; Returns: undefined
                           },
"set_feature_flag_organization":
{ Args: { "is_on"?: boolean,"key": string,"organization_id": string }; Returns: boolean
                           },
"set_import_mapping":
{ Args: { "conflict_rule"?: Database["public"]['Enums']["import_conflict_rule"],"format_choice"?: Json,"import_id": string,"mapping"?: Json }; Returns: {
              "check_result": Json | null,
"columns": NonNullable<Json>,
"conflict_rule": Database["public"]['Enums']["import_conflict_rule"],
"cpu_ms": number,
"created_at": string,
"created_by": string | null,
"done_bytes": number,
"error_code": string | null,
"error_hint": string | null,
"error_message": string | null,
"expires_at": string | null,
"failed_count": number,
"file_id": string | null,
"finished_at": string | null,
"format": Json | null,
"format_choice": NonNullable<Json>,
"id": string,
"import_type": string,
"inserted_count": number,
"job_id": number | null,
"kept_count": number,
"mapping": NonNullable<Json>,
"most_step_cpu_ms": number,
"name": string,
"organization_id": string,
"preview": Json | null,
"read_count": number,
"run_number": number,
"sample": NonNullable<Json>,
"service_account_id": string | null,
"size_bytes": number,
"skipped_count": number,
"started_at": string | null,
"state": Database["public"]['Enums']["import_state"],
"undone_count": number,
"updated_at": string,
"updated_count": number
            }
                          SetofOptions: {
        from: "*"
        to: "imports"
        isOneToOne: true
        isSetofReturn: false
      } },
"set_onchain_rate":
{ Args: { "currency": string,"expires_at"?: string,"token_count": number,"token_id": string }; Returns: {
              "created_at": string,
"currency": string,
"expires_at": string | null,
"token_count": number,
"token_id": string,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "billing_onchain_rates"
        isOneToOne: true
        isSetofReturn: false
      } },
"set_organization_setting":
{ Args: { "key": string,"organization_id": string,"value"?: Json }; Returns: Json
                           },
"set_plan_entitlement":
{ Args: { "does_bill_overage"?: boolean,"key": string,"plan_id": string,"value": number }; Returns: {
              "action": "block"|"overage",
"created_at": string,
"key": string,
"plan_id": string,
"updated_at": string,
"value": number | null
            }
                          SetofOptions: {
        from: "*"
        to: "billing_plan_entitlements"
        isOneToOne: true
        isSetofReturn: false
      } },
"set_plan_price":
{ Args: { "billing_interval"?: Database["public"]['Enums']["billing_interval"],"currency": string,"kind": Database["public"]['Enums']["billing_price_kind"],"limit_key"?: string,"plan_id": string,"unit_cents": number,"unit_count"?: number }; Returns: {
              "billing_interval": Database["public"]['Enums']["billing_interval"] | null,
"created_at": string,
"currency": string,
"ends_at": string | null,
"id": string,
"kind": Database["public"]['Enums']["billing_price_kind"],
"limit_key": string | null,
"plan_id": string,
"starts_at": string,
"unit_cents": number,
"unit_count": number,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "billing_prices"
        isOneToOne: true
        isSetofReturn: false
      } },
"set_setting":
{ Args: { "key": string,"value"?: Json }; Returns: Json
                           },
"set_token_bucket":
{ Args: { "bucket": string,"capacity": number,"refill_count": number,"refill_seconds": number }; Returns: undefined
                           },
"settle_checkout":
{ Args: { "checkout_id": string,"expires_at"?: string,"provider_session_id"?: string }; Returns: undefined
                           },
"settle_credits":
{ Args: { "credit_count"?: number,"reservation_id": string }; Returns: {
              "action": string,
"created_at": string,
"credit_count": number,
"ended_at": string | null,
"expires_at": string,
"id": string,
"idempotency_key": string,
"organization_id": string,
"person_id": string | null,
"quantity": number,
"spent_count": number | null,
"state": Database["public"]['Enums']["credit_reservation_state"],
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "credit_reservations"
        isOneToOne: true
        isSetofReturn: false
      } },
"show_picture":
{ Args: { "folder_id": string,"is_offer"?: boolean,"object_path": string }; Returns: boolean
                           },
"silence_alert_rule":
{ Args: { "minutes"?: number,"rule_key": string }; Returns: string
                           },
"start_experiment":
{ Args: { "key": string }; Returns: string
                           },
"start_import":
{ Args: { "import_id": string }; Returns: {
              "check_result": Json | null,
"columns": NonNullable<Json>,
"conflict_rule": Database["public"]['Enums']["import_conflict_rule"],
"cpu_ms": number,
"created_at": string,
"created_by": string | null,
"done_bytes": number,
"error_code": string | null,
"error_hint": string | null,
"error_message": string | null,
"expires_at": string | null,
"failed_count": number,
"file_id": string | null,
"finished_at": string | null,
"format": Json | null,
"format_choice": NonNullable<Json>,
"id": string,
"import_type": string,
"inserted_count": number,
"job_id": number | null,
"kept_count": number,
"mapping": NonNullable<Json>,
"most_step_cpu_ms": number,
"name": string,
"organization_id": string,
"preview": Json | null,
"read_count": number,
"run_number": number,
"sample": NonNullable<Json>,
"service_account_id": string | null,
"size_bytes": number,
"skipped_count": number,
"started_at": string | null,
"state": Database["public"]['Enums']["import_state"],
"undone_count": number,
"updated_at": string,
"updated_count": number
            }
                          SetofOptions: {
        from: "*"
        to: "imports"
        isOneToOne: true
        isSetofReturn: false
      } },
"start_invitation_mail":
{ Args: { "invitation_id": string,"mail_number": number,"token_hash": string }; Returns: {
              "accept_url": string,"email": string,"expires_at": string,"inviter_name": string,"locale": string,"organization": Json,"product_name": string,"role": string,"time_zone": string
            }[]
                           },
"start_manual_subscription":
{ Args: { "billing_interval"?: Database["public"]['Enums']["billing_interval"],"currency": string,"organization_id": string,"plan_id": string,"seat_count"?: number,"trial_days"?: number }; Returns: {
              "access": Database["public"]['Enums']["billing_access"],
"billing_interval": Database["public"]['Enums']["billing_interval"],
"cancel_comment": string | null,
"cancel_reason": Database["public"]['Enums']["billing_cancel_reason"] | null,
"cancelled_at": string | null,
"created_at": string,
"currency": string,
"current_period_ends_at": string,
"current_period_starts_at": string,
"ended_at": string | null,
"id": string,
"is_cancelled_at_period_end": boolean,
"organization_id": string,
"overdue_at": string | null,
"own_overdue_at": string | null,
"paused_at": string | null,
"paused_seconds": number,
"period_anchor_at": string | null,
"plan_id": string,
"product": Database["public"]['Enums']["billing_product"],
"provider": string,
"provider_changed_at": string | null,
"provider_subscription_id": string | null,
"seat_count": number,
"started_at": string,
"status": string,
"trial_ends_at": string | null,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "billing_subscriptions"
        isOneToOne: true
        isSetofReturn: false
      } },
"start_webhook_delivery":
{ Args: { "attempt": number,"delivery_id": string }; Returns: {
              "body": string,"message_id": string,"secrets": (string)[],"url": string
            }[]
                           },
"stop_import":
{ Args: { "import_id": string }; Returns: {
              "check_result": Json | null,
"columns": NonNullable<Json>,
"conflict_rule": Database["public"]['Enums']["import_conflict_rule"],
"cpu_ms": number,
"created_at": string,
"created_by": string | null,
"done_bytes": number,
"error_code": string | null,
"error_hint": string | null,
"error_message": string | null,
"expires_at": string | null,
"failed_count": number,
"file_id": string | null,
"finished_at": string | null,
"format": Json | null,
"format_choice": NonNullable<Json>,
"id": string,
"import_type": string,
"inserted_count": number,
"job_id": number | null,
"kept_count": number,
"mapping": NonNullable<Json>,
"most_step_cpu_ms": number,
"name": string,
"organization_id": string,
"preview": Json | null,
"read_count": number,
"run_number": number,
"sample": NonNullable<Json>,
"service_account_id": string | null,
"size_bytes": number,
"skipped_count": number,
"started_at": string | null,
"state": Database["public"]['Enums']["import_state"],
"undone_count": number,
"updated_at": string,
"updated_count": number
            }
                          SetofOptions: {
        from: "*"
        to: "imports"
        isOneToOne: true
        isSetofReturn: false
      } },
"store_webhook_events":
{ Args: { "events": Json,"provider": string }; Returns: number
                           },
"submit_onchain_transaction":
{ Args: { "quote_id": string,"transaction_hash": string }; Returns: {
              "amount_cents": number,
"amount_units": string,
"block_hash": string | null,
"block_number": number | null,
"chain_id": number,
"checked_at": string | null,
"confirmation_count": number,
"confirmed_at": string | null,
"created_at": string,
"created_by": string | null,
"currency": string,
"expires_at": string,
"failure_code": string | null,
"finalized_at": string | null,
"id": string,
"mined_at": string | null,
"organization_id": string,
"payer_address": string,
"purpose": Database["public"]['Enums']["billing_payment_purpose"],
"purpose_id": string,
"received_units": string | null,
"receiving_address": string,
"state": Database["public"]['Enums']["billing_onchain_quote_state"],
"submitted_at": string | null,
"token_address": string,
"token_count": number,
"token_decimals": number,
"token_id": string,
"token_symbol": string,
"transaction_hash": string | null,
"updated_at": string,
"wallet_id": string
            }
                          SetofOptions: {
        from: "*"
        to: "billing_onchain_quotes"
        isOneToOne: true
        isSetofReturn: false
      } },
"suspend_organization":
{ Args: { "organization_id": string,"reason": string }; Returns: {
              "billing_email": string | null,
"country": string | null,
"created_at": string,
"created_by": string | null,
"currency": string,
"deleted_at": string | null,
"id": string,
"is_second_factor_required": boolean,
"kind": Database["public"]['Enums']["organization_kind"],
"logo_path": string | null,
"mail_footer": string | null,
"name": string,
"owner_count": number,
"primary_color": string | null,
"secondary_color": string | null,
"slug": string,
"status": Database["public"]['Enums']["organization_status"],
"suspended_at": string | null,
"suspension_reason": string | null,
"time_zone": string,
"topic_epoch": number,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "organizations"
        isOneToOne: true
        isSetofReturn: false
      } },
"take_import_rows":
{ Args: { "after_count": number,"columns": string,"done_bytes": number,"errors": Json,"failed_count": number,"import_id": string,"position": Json,"row_numbers": string,"run_number": number }; Returns: boolean
                           },
"take_tokens":
{ Args: { "bucket": string,"max_wait_seconds"?: number,"n"?: number }; Returns: {
              "is_granted": boolean,"wait_seconds": number
            }[]
                           },
"undo_import":
{ Args: { "import_id": string }; Returns: {
              "check_result": Json | null,
"columns": NonNullable<Json>,
"conflict_rule": Database["public"]['Enums']["import_conflict_rule"],
"cpu_ms": number,
"created_at": string,
"created_by": string | null,
"done_bytes": number,
"error_code": string | null,
"error_hint": string | null,
"error_message": string | null,
"expires_at": string | null,
"failed_count": number,
"file_id": string | null,
"finished_at": string | null,
"format": Json | null,
"format_choice": NonNullable<Json>,
"id": string,
"import_type": string,
"inserted_count": number,
"job_id": number | null,
"kept_count": number,
"mapping": NonNullable<Json>,
"most_step_cpu_ms": number,
"name": string,
"organization_id": string,
"preview": Json | null,
"read_count": number,
"run_number": number,
"sample": NonNullable<Json>,
"service_account_id": string | null,
"size_bytes": number,
"skipped_count": number,
"started_at": string | null,
"state": Database["public"]['Enums']["import_state"],
"undone_count": number,
"updated_at": string,
"updated_count": number
            }
                          SetofOptions: {
        from: "*"
        to: "imports"
        isOneToOne: true
        isSetofReturn: false
      } },
"undo_import_batch":
{ Args: { "import_id": string,"run_number": number }; Returns: boolean
                           },
"unknown_webhook_events":
{ Args: { "event_ids": (string)[],"provider": string }; Returns: string[]
                           },
"unpause_subscription":
{ Args: { "subscription_id": string }; Returns: {
              "access": Database["public"]['Enums']["billing_access"],
"billing_interval": Database["public"]['Enums']["billing_interval"],
"cancel_comment": string | null,
"cancel_reason": Database["public"]['Enums']["billing_cancel_reason"] | null,
"cancelled_at": string | null,
"created_at": string,
"currency": string,
"current_period_ends_at": string,
"current_period_starts_at": string,
"ended_at": string | null,
"id": string,
"is_cancelled_at_period_end": boolean,
"organization_id": string,
"overdue_at": string | null,
"own_overdue_at": string | null,
"paused_at": string | null,
"paused_seconds": number,
"period_anchor_at": string | null,
"plan_id": string,
"product": Database["public"]['Enums']["billing_product"],
"provider": string,
"provider_changed_at": string | null,
"provider_subscription_id": string | null,
"seat_count": number,
"started_at": string,
"status": string,
"trial_ends_at": string | null,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "billing_subscriptions"
        isOneToOne: true
        isSetofReturn: false
      } },
"unsuspend_organization":
{ Args: { "organization_id": string }; Returns: {
              "billing_email": string | null,
"country": string | null,
"created_at": string,
"created_by": string | null,
"currency": string,
"deleted_at": string | null,
"id": string,
"is_second_factor_required": boolean,
"kind": Database["public"]['Enums']["organization_kind"],
"logo_path": string | null,
"mail_footer": string | null,
"name": string,
"owner_count": number,
"primary_color": string | null,
"secondary_color": string | null,
"slug": string,
"status": Database["public"]['Enums']["organization_status"],
"suspended_at": string | null,
"suspension_reason": string | null,
"time_zone": string,
"topic_epoch": number,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "organizations"
        isOneToOne: true
        isSetofReturn: false
      } },
"update_custom_role":
{ Args: { "custom_role_id": string,"description"?: string,"name": string,"organization_id": string,"permissions": (string)[] }; Returns: {
              "base_role": string,
"created_at": string,
"description": string,
"id": string,
"name": string,
"organization_id": string,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "custom_roles"
        isOneToOne: true
        isSetofReturn: false
      } },
"update_webhook_endpoint":
{ Args: { "description"?: string,"endpoint_id": string,"is_active"?: boolean,"topic_patterns"?: (string)[],"url"?: string }; Returns: {
              "created_at": string,
"created_by": string | null,
"description": string,
"disabled_at": string | null,
"disabled_reason": Database["public"]['Enums']["webhook_disabled_reason"] | null,
"first_failed_at": string | null,
"id": string,
"is_active": boolean,
"organization_id": string,
"topic_patterns": (string)[],
"updated_at": string,
"url": string
            }
                          SetofOptions: {
        from: "*"
        to: "webhook_endpoints"
        isOneToOne: true
        isSetofReturn: false
      } },
"verify_audit_chain":
{ Args: { "after_sequence"?: number,"batch_size"?: number,"organization_id"?: string }; Returns: Record<string, unknown>
                           },
"void_invoice":
{ Args: { "invoice_id": string,"is_billed_again"?: boolean,"reason": string }; Returns: {
              "buyer": NonNullable<Json>,
"created_at": string,
"credit_cents": number,
"credited_cents": number,
"currency": string,
"due_at": string | null,
"due_soon_at": string | null,
"hosted_url": string | null,
"id": string,
"issued_at": string | null,
"number": string | null,
"open_cents": number,
"organization_id": string,
"paid_at": string | null,
"paid_cents": number,
"period_ends_at": string | null,
"period_starts_at": string | null,
"provider": string,
"provider_changed_at": string | null,
"provider_invoice_id": string | null,
"provider_status": string | null,
"reminded_at": string | null,
"reminder_count": number,
"seller": NonNullable<Json>,
"seller_id": string | null,
"status": Database["public"]['Enums']["billing_invoice_status"],
"subscription_id": string | null,
"subtotal_cents": number,
"tax_cents": number,
"tax_name": string | null,
"tax_rate": number | null,
"time_zone": string,
"total_cents": number,
"updated_at": string,
"void_reason": string | null,
"voided_at": string | null
            }
                          SetofOptions: {
        from: "*"
        to: "billing_invoices"
        isOneToOne: true
        isSetofReturn: false
      } },
"wake_worker":
{ Args: { "leaving_worker"?: string }; Returns: boolean
                           }
          }
          Enums: {
            "account_deletion_status": "waiting"|"cancelled"|"done","account_state": "active"|"pending"|"unconfirmed"|"banned","audit_actor_kind": "user"|"service_account"|"platform_admin"|"impersonator"|"app"|"anonymous"|"system","billing_access": "none"|"full"|"reminded"|"noticed"|"blocked"|"ended","billing_cancel_reason": "too_expensive"|"missing_features"|"switched_service"|"unused"|"customer_service"|"too_complex"|"low_quality"|"other"|"unpaid","billing_checkout_mode": "subscription"|"payment"|"setup","billing_checkout_status": "open"|"complete"|"expired","billing_credit_settlement": "invoice"|"balance"|"refund","billing_interval": "month"|"year","billing_invoice_status": "draft"|"issued"|"paid"|"overdue"|"void","billing_line_kind": "flat"|"seat"|"overage"|"one_off"|"adjustment","billing_onchain_quote_state": "open"|"submitted"|"confirming"|"confirmed"|"expired"|"failed"|"orphaned","billing_payment_object": "payment"|"refund"|"dispute","billing_payment_purpose": "subscription"|"credit_pack"|"invoice"|"other","billing_payment_status": "pending"|"requires_action"|"processing"|"succeeded"|"failed"|"cancelled"|"reversed","billing_price_kind": "flat"|"seat"|"metered"|"one_off","billing_product": "fundraising"|"estate"|"campaigns"|"chat","billing_refund_reason": "duplicate"|"fraudulent"|"requested_by_customer"|"other","billing_refund_status": "pending"|"requires_action"|"succeeded"|"failed"|"cancelled","credit_account": "granted"|"sold"|"consumed"|"expired"|"clawed_back","credit_entry_kind": "grant"|"purchase"|"spend"|"refund"|"expiry"|"clawback","credit_purchase_status": "pending"|"paid"|"refunded"|"failed","credit_reservation_state": "held"|"settled"|"released"|"expired","credit_wallet_kind": "daily"|"promotional"|"initial"|"purchased","document_render_state": "queued"|"ready"|"failed","document_version_state": "draft"|"published"|"retired","export_format": "csv"|"xlsx"|"json"|"ndjson","export_state": "queued"|"running"|"ready"|"failed"|"cancelled"|"expired","file_backup_state": "queued"|"running"|"ready"|"failed","file_share_event": "viewed"|"downloaded"|"refused","file_state": "uploading"|"quarantined"|"clean"|"infected"|"deleted","import_conflict_rule": "skip"|"update"|"fail","import_state": "waiting"|"analysing"|"ready"|"checking"|"running"|"stopped"|"completed"|"failed"|"undoing"|"undone","invitation_kind": "one_time"|"24_hour","invitation_status": "pending"|"accepted"|"declined"|"revoked"|"expired","membership_status": "active"|"suspended","onboarding_step_state": "completed"|"dismissed","organization_kind": "personal"|"company"|"startup"|"fund","organization_status": "active"|"suspended"|"deleted","ownership_transfer_status": "pending"|"accepted"|"declined"|"cancelled"|"expired","personal_export_state": "queued"|"ready"|"failed"|"expired","profile_visibility": "private"|"network"|"public","usage_limit_span": "moment"|"day"|"month","usage_metric_kind": "counter"|"gauge","webhook_delivery_status": "pending"|"delivered"|"failed","webhook_disabled_reason": "manual"|"gone"|"failing"
          }
          CompositeTypes: {
            "accepted_invitation": {
                        "invitation_id": string | null,"organization_id": string | null,"role": string | null,"membership_id": string | null
                      },"admin_person": {
                        "id": string | null,"email": string | null,"phone": string | null,"display_name": string | null,"state": Database["public"]['Enums']["account_state"] | null,"banned_until": string | null,"is_platform_admin": boolean | null,"organization_count": number | null,"last_sign_in_at": string | null,"created_at": string | null
                      },"connected_app": {
                        "client_id": string | null,"name": string | null,"website": string | null,"logo_url": string | null,"organization_ids": (string)[] | null,"permissions": (string)[] | null,"connected_at": string | null,"last_used_at": string | null
                      },"found_profile": {
                        "id": string | null,"display_name": string | null,"headline": string | null,"company": string | null,"position": string | null,"location": string | null,"avatar_path": string | null,"score": number | null,"cursor": string | null
                      },"invitation_preview": {
                        "is_valid": boolean | null,"organization_name": string | null,"role": string | null,"expires_at": string | null
                      },"invitation_result": {
                        "row_number": number | null,"email": string | null,"invitation_id": string | null,"code": string | null
                      },"organization_access": {
                        "organization_id": string | null,"role": string | null,"rank": number | null,"custom_role_id": string | null,"status": Database["public"]['Enums']["organization_status"] | null,"permissions": (string)[] | null
                      },"organization_app": {
                        "client_id": string | null,"name": string | null,"person_count": number | null,"permissions": (string)[] | null,"connected_at": string | null
                      },"own_session": {
                        "id": string | null,"device": string | null,"ip_address": unknown,"created_at": string | null,"last_used_at": string | null,"expires_at": string | null,"assurance_level": string | null,"is_current": boolean | null
                      },"public_profile": {
                        "id": string | null,"display_name": string | null,"headline": string | null,"company": string | null,"position": string | null,"location": string | null,"avatar_path": string | null,"links": Json | null
                      },"registered_app": {
                        "client_id": string | null,"name": string | null,"website": string | null,"registration": string | null,"redirect_urls": (string)[] | null,"permissions": (string)[] | null,"person_count": number | null,"created_at": string | null
                      },"sign_in": {
                        "id": number | null,"occurred_at": string | null,"is_successful": boolean | null,"device": string | null,"ip_address": unknown
                      }
          }
        }
}

type DatabaseWithoutInternals = Omit<Database, '__InternalSupabase'>

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, "public">]

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
        DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
      DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])[TableName] extends {
      Row: infer R
    }
    ? R
    : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
  ? (DefaultSchema["Tables"] & DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
      Row: infer R
    }
    ? R
    : never
  : never

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Insert: infer I
    }
    ? I
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Insert: infer I
    }
    ? I
    : never
  : never

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Update: infer U
    }
    ? U
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Update: infer U
    }
    ? U
    : never
  : never

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema["Enums"]
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"]
    : never = never
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
  ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
  : never

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"]
    : never = never
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"]
  ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
  : never

export const Constants = {
  "public": {
          Enums: {
            "account_deletion_status": ["waiting", "cancelled", "done"],"account_state": ["active", "pending", "unconfirmed", "banned"],"audit_actor_kind": ["user", "service_account", "platform_admin", "impersonator", "app", "anonymous", "system"],"billing_access": ["none", "full", "reminded", "noticed", "blocked", "ended"],"billing_cancel_reason": ["too_expensive", "missing_features", "switched_service", "unused", "customer_service", "too_complex", "low_quality", "other", "unpaid"],"billing_checkout_mode": ["subscription", "payment", "setup"],"billing_checkout_status": ["open", "complete", "expired"],"billing_credit_settlement": ["invoice", "balance", "refund"],"billing_interval": ["month", "year"],"billing_invoice_status": ["draft", "issued", "paid", "overdue", "void"],"billing_line_kind": ["flat", "seat", "overage", "one_off", "adjustment"],"billing_onchain_quote_state": ["open", "submitted", "confirming", "confirmed", "expired", "failed", "orphaned"],"billing_payment_object": ["payment", "refund", "dispute"],"billing_payment_purpose": ["subscription", "credit_pack", "invoice", "other"],"billing_payment_status": ["pending", "requires_action", "processing", "succeeded", "failed", "cancelled", "reversed"],"billing_price_kind": ["flat", "seat", "metered", "one_off"],"billing_product": ["fundraising", "estate", "campaigns", "chat"],"billing_refund_reason": ["duplicate", "fraudulent", "requested_by_customer", "other"],"billing_refund_status": ["pending", "requires_action", "succeeded", "failed", "cancelled"],"credit_account": ["granted", "sold", "consumed", "expired", "clawed_back"],"credit_entry_kind": ["grant", "purchase", "spend", "refund", "expiry", "clawback"],"credit_purchase_status": ["pending", "paid", "refunded", "failed"],"credit_reservation_state": ["held", "settled", "released", "expired"],"credit_wallet_kind": ["daily", "promotional", "initial", "purchased"],"document_render_state": ["queued", "ready", "failed"],"document_version_state": ["draft", "published", "retired"],"export_format": ["csv", "xlsx", "json", "ndjson"],"export_state": ["queued", "running", "ready", "failed", "cancelled", "expired"],"file_backup_state": ["queued", "running", "ready", "failed"],"file_share_event": ["viewed", "downloaded", "refused"],"file_state": ["uploading", "quarantined", "clean", "infected", "deleted"],"import_conflict_rule": ["skip", "update", "fail"],"import_state": ["waiting", "analysing", "ready", "checking", "running", "stopped", "completed", "failed", "undoing", "undone"],"invitation_kind": ["one_time", "24_hour"],"invitation_status": ["pending", "accepted", "declined", "revoked", "expired"],"membership_status": ["active", "suspended"],"onboarding_step_state": ["completed", "dismissed"],"organization_kind": ["personal", "company", "startup", "fund"],"organization_status": ["active", "suspended", "deleted"],"ownership_transfer_status": ["pending", "accepted", "declined", "cancelled", "expired"],"personal_export_state": ["queued", "ready", "failed", "expired"],"profile_visibility": ["private", "network", "public"],"usage_limit_span": ["moment", "day", "month"],"usage_metric_kind": ["counter", "gauge"],"webhook_delivery_status": ["pending", "delivered", "failed"],"webhook_disabled_reason": ["manual", "gone", "failing"]
          }
        }
} as const
